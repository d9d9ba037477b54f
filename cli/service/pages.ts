import { objectsMember, textMember, type JsonObject } from "../../core/input/json-object.ts";
import { OperatorError } from "../program/operator-error.ts";
import type { AdminService, Query } from "./admin-service.ts";

export interface ListPage {
  readonly items: readonly JsonObject[];
  /** Whether `limit` ended the list with this page, perhaps before its end. */
  readonly isCut: boolean;
}

export interface ListRequest {
  readonly path: string;
  readonly query?: Query;
  /** Undefined: no limit. */
  readonly limit: number | undefined;
  /** A filter that the service does not have. */
  readonly keep?: (item: JsonObject) => boolean;
}

/** kubectl's chunk size: tens of requests for the largest fleets, each well within a Lambda function's time-out. */
const PAGE_ITEMS = 500;
/** Somebody waits for the first row. */
const FIRST_PAGE_ITEMS = 100;

/** Follows the cursor to the end of a list, page by page. @throws OperatorError when an answer is not a page */
export async function* pagesOf(service: AdminService, request: ListRequest): AsyncGenerator<ListPage, void> {
  const { path, query = {}, limit, keep = () => true } = request;
  let given = 0;
  const seen = new Set<string>();
  for (let cursor: string | undefined; ;) {
    const page = await service.get(path, {
      ...query,
      limit: pageItems(request, given, cursor === undefined),
      ...(cursor ? { cursor } : {}),
    });
    const found = objectsMember(page, "items")?.filter(keep);
    if (found === undefined)
      throw new OperatorError(`the service's answer to ${path} is not understood: it has no items`);
    cursor = textMember(page, "cursor");
    const left = limit === undefined ? found.length : limit - given;
    const isLast = limit !== undefined && found.length >= left;
    given += Math.min(found.length, left);
    yield { items: found.slice(0, left), isCut: isLast && (cursor !== undefined || found.length > left) };
    if (cursor === undefined || isLast) return;
    // A repeated cursor would never end.
    if (seen.has(cursor))
      throw new OperatorError(`the service's answer to ${path} is not understood: its pages do not end`);
    seen.add(cursor);
  }
}

/** With a client-side filter few items of a page may remain: small pages would take endless requests. */
function pageItems({ limit, query = {}, keep }: ListRequest, itemsSoFar: number, isFirst: boolean): string {
  const isFiltered = keep !== undefined || Object.keys(query).length > 0;
  const most = isFirst ? FIRST_PAGE_ITEMS : PAGE_ITEMS;
  return String(limit === undefined || isFiltered ? most : Math.min(most, limit - itemsSoFar));
}

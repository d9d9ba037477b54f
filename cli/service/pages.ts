import { objectsMember, textMember, type JsonObject } from "../../core/input/json-object.ts";
import { OperatorError } from "../program/operator-error.ts";
import type { AdminService, Query } from "./admin-service.ts";

export interface Listing {
  readonly items: readonly JsonObject[];
  /** Whether `limit` stopped the list, perhaps before its end. */
  readonly hasMore: boolean;
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

/** Follows the cursor to the end of a list. @throws OperatorError when an answer is not a page */
export async function listAll(service: AdminService, request: ListRequest): Promise<Listing> {
  const { path, query = {}, limit, keep = () => true } = request;
  const items: JsonObject[] = [];
  const seen = new Set<string>();
  for (let cursor: string | undefined; ;) {
    const page = await service.get(path, {
      ...query,
      limit: pageItems(request, items.length),
      ...(cursor ? { cursor } : {}),
    });
    const found = objectsMember(page, "items");
    if (found === undefined)
      throw new OperatorError(`the service's answer to ${path} is not understood: it has no items`);
    items.push(...found.filter(keep));
    cursor = textMember(page, "cursor");
    if (limit !== undefined && items.length >= limit) {
      return { items: items.slice(0, limit), hasMore: cursor !== undefined || items.length > limit };
    }
    if (cursor === undefined) return { items, hasMore: false };
    // A repeated cursor would never end.
    if (seen.has(cursor))
      throw new OperatorError(`the service's answer to ${path} is not understood: its pages do not end`);
    seen.add(cursor);
  }
}

/** With a client-side filter few items of a page may remain: small pages would take endless requests. */
function pageItems({ limit, query = {}, keep }: ListRequest, itemsSoFar: number): string {
  const isFiltered = keep !== undefined || Object.keys(query).length > 0;
  return String(limit === undefined || isFiltered ? PAGE_ITEMS : Math.min(PAGE_ITEMS, limit - itemsSoFar));
}

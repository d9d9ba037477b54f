import type { IssuanceRecord } from "../../../../core/ledger/issuance-record.ts";
import { objectNameOf } from "../../../../core/ledger/request-name.ts";
import { lastChangeOf } from "../../../../core/signing-request/retention.ts";
import { object, type Answer } from "../protocol/answer.ts";
import type { Caller } from "../caller/caller.ts";
import { decodeContinue, encodeContinue } from "./continue-token.ts";
import { assertListOptions } from "./list-options.ts";
import { objectPage } from "./object-list.ts";
import { partialList, partialObject } from "../protocol/partial-object.ts";
import { numberParameter, type KubernetesRequest } from "../protocol/request.ts";
import { requestObject, resourceVersionOf, type Rendering } from "./request-object.ts";
import { CERTIFICATES_API_VERSION, CSR_RESOURCE } from "../protocol/resources.ts";
import { selectionOf, type Selection } from "./selector.ts";
import { DEFAULT_WATCH, type KubernetesServices } from "../protocol/services.ts";
import { notFound, StatusError } from "../protocol/status.ts";
import { includedObject, requestTable } from "./table.ts";
import { finishOwn, isVisible, readVisible } from "../caller/visible-request.ts";

export async function rendering({
  policy,
  issuers,
}: Pick<KubernetesServices, "policy" | "issuers">): Promise<Rendering> {
  return { policy, directory: await issuers() };
}

/** GET of one. A Table of one row for kubectl, with the resource version its watch goes on from (K9.2). */
export async function getRequest(
  services: KubernetesServices,
  caller: Caller,
  request: KubernetesRequest,
  name: string,
): Promise<Answer> {
  const found = await readVisible(services, caller, name);
  if (found === undefined) throw notFound(CSR_RESOURCE, name);
  const record = await finishOwn(services, caller, found, request);
  return renderOne(services, request, record);
}

export async function renderOne(
  services: KubernetesServices,
  { acceptance, query }: KubernetesRequest,
  record: IssuanceRecord,
): Promise<Answer> {
  const render = await rendering(services);
  if (acceptance.table === undefined) {
    assertJson(acceptance.acceptsJson);
    const whole = requestObject(record, render);
    return object(200, acceptance.isPartial ? partialObject(whole) : whole);
  }
  return object(
    200,
    requestTable([record], render, {
      version: acceptance.table,
      include: includedObject(query),
      metadata: { resourceVersion: resourceVersionOf(record) },
      now: services.clock(),
    }),
  );
}

/** Every client that reads protobuf reads JSON as well, and says so. */
export function assertJson(acceptsJson: boolean): void {
  if (acceptsJson) return;
  throw new StatusError("NotAcceptable", "only the following media types are accepted: application/json");
}

/**
 * What happened before this can be read by now. A change bears the time at which it was decided, is written some
 * milliseconds later, and indexes lag behind that: a version of this very instant would promise too much.
 */
export function settledAt({ options }: Pick<KubernetesServices, "options">, now: Date): Date {
  return new Date(now.getTime() - (options.watch ?? DEFAULT_WATCH).settleMilliseconds);
}

/** One record's changes come one after the other, so its own version misses none. */
export function versionOfOne(services: KubernetesServices, readAt: Date, record: IssuanceRecord | undefined): Date {
  const settled = settledAt(services, readAt);
  const changed = record === undefined ? settled : lastChangeOf(record);
  return changed.getTime() > settled.getTime() ? changed : settled;
}

/** Lambda's answers are at most 6 MB; an object with its certificate is about 4 KB. */
const MAX_PAGE = 1000;

/** GET of all. @throws StatusError BadRequest, Expired */
export async function listRequests(
  services: KubernetesServices,
  caller: Caller,
  request: KubernetesRequest,
): Promise<Answer> {
  const { query, acceptance } = request;
  const selection = selectionOf(query);
  assertListOptions(query);
  const page = await pageOf(services, caller, request, selection);
  const render = await rendering(services);
  const metadata = {
    resourceVersion: String(page.version.getTime()),
    ...(page.continuation === undefined ? {} : { continue: page.continuation }),
  };
  if (acceptance.table !== undefined) {
    const options = { version: acceptance.table, include: includedObject(query), metadata, now: services.clock() };
    return object(200, requestTable(page.records, render, options));
  }
  assertJson(acceptance.acceptsJson);
  const items = page.records.map((record) => requestObject(record, render));
  if (acceptance.isPartial) return object(200, partialList(metadata, items));
  return object(200, { kind: `${CSR_RESOURCE.kind}List`, apiVersion: CERTIFICATES_API_VERSION, metadata, items });
}

interface RequestPage {
  readonly records: readonly IssuanceRecord[];
  /** Changes after this are a watch's business. */
  readonly version: Date;
  readonly continuation: string | undefined;
}

async function pageOf(
  services: KubernetesServices,
  caller: Caller,
  request: KubernetesRequest,
  selection: Selection,
): Promise<RequestPage> {
  const now = services.clock();
  if (selection.name !== undefined) {
    const found = await readVisible(services, caller, selection.name);
    const record = found && (await finishOwn(services, caller, found, request));
    const records = record && selection.matches(record) ? [record] : [];
    return { records, version: versionOfOne(services, now, record), continuation: undefined };
  }
  const token = request.query.get("continue") ?? "";
  const begun = token === "" ? { startedAt: now, cursor: undefined } : decodeContinue(token, now);
  const limit = Math.min(numberParameter(request.query, "limit") || MAX_PAGE, MAX_PAGE);
  const isThere = isVisible(services, caller, now);
  const isWanted = (record: IssuanceRecord): boolean => isThere(record) && selection.matches(record);
  const { items, cursor } = await objectPage(services, isWanted, caller, { limit, cursor: begun.cursor });
  const records = [...items];
  const continuation = cursor === undefined ? undefined : encodeContinue({ startedAt: begun.startedAt, cursor });
  // Kubernetes' lists are in the order of names. This one is where it fits one page.
  records.sort((one, other) => (objectNameOf(one.name) < objectNameOf(other.name) ? -1 : 1));
  return { records, version: settledAt(services, begun.startedAt), continuation };
}

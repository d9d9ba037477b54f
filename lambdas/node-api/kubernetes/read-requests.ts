import type { IssuanceRecord } from "../../../core/issuance-record.ts";
import { isInSight } from "../../../core/create-request.ts";
import { object, type Answer } from "./answer.ts";
import type { Caller } from "./caller.ts";
import { decodeContinue, encodeContinue } from "./continue-token.ts";
import { objectPage } from "./object-list.ts";
import { numberParameter, type KubernetesRequest } from "./request.ts";
import { requestObject, resourceVersionOf, type Rendering } from "./request-object.ts";
import { CERTIFICATES_API_VERSION, CSR_RESOURCE } from "./resources.ts";
import { selectionOf, type Selection } from "./selector.ts";
import type { KubernetesServices } from "./services.ts";
import { badRequest, notFound, StatusError } from "./status.ts";
import { includedObject, requestTable } from "./table.ts";
import { finishOwn, mayRead, readVisible } from "./visible-request.ts";

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
  const look = await rendering(services);
  if (acceptance.table === undefined) {
    assertJson(acceptance.acceptsJson);
    return object(200, requestObject(record, look));
  }
  return object(
    200,
    requestTable([record], look, {
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
  assertVersionMatch(query);
  const page = await pageOf(services, caller, request, selection);
  const look = await rendering(services);
  const metadata = {
    resourceVersion: String(page.startedAt.getTime()),
    ...(page.continuation === undefined ? {} : { continue: page.continuation }),
  };
  if (acceptance.table !== undefined) {
    const options = { version: acceptance.table, include: includedObject(query), metadata, now: services.clock() };
    return object(200, requestTable(page.records, look, options));
  }
  assertJson(acceptance.acceptsJson);
  const items = page.records.map((record) => requestObject(record, look));
  return object(200, { kind: `${CSR_RESOURCE.kind}List`, apiVersion: CERTIFICATES_API_VERSION, metadata, items });
}

interface RequestPage {
  readonly records: readonly IssuanceRecord[];
  readonly startedAt: Date;
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
    // A certificate signed just now has a later version than the look began with.
    const startedAt = services.clock();
    return { records: record && selection.matches(record) ? [record] : [], startedAt, continuation: undefined };
  }
  const token = request.query.get("continue") ?? "";
  const begun = token === "" ? { startedAt: now, cursor: undefined } : decodeContinue(token, now);
  const limit = Math.min(numberParameter(request.query, "limit") || MAX_PAGE, MAX_PAGE);
  const isWanted = (record: IssuanceRecord): boolean =>
    mayRead(caller, record) && selection.matches(record) && isInSight(services, record, now);
  const { items: records, cursor } = await objectPage(services, caller, isWanted, { limit, cursor: begun.cursor });
  const continuation = cursor === undefined ? undefined : encodeContinue({ startedAt: begun.startedAt, cursor });
  return { records, startedAt: begun.startedAt, continuation };
}

/** Lists are of now. Nobody who asks for exactly what was can be told it. */
function assertVersionMatch(query: URLSearchParams): void {
  const match = query.get("resourceVersionMatch") ?? "";
  const version = query.get("resourceVersion") ?? "";
  if (version !== "" && !/^\d{1,15}$/.test(version))
    throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: invalid syntax`);
  if (match === "" || match === "NotOlderThan") return;
  if (match !== "Exact") {
    throw badRequest(
      `resourceVersionMatch: Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan"`,
    );
  }
  throw new StatusError("Expired", `The resourceVersion for the provided list is too old.`);
}

import { setTimeout as sleep } from "node:timers/promises";
import { isInSight } from "../../../core/create-request.ts";
import type { IssuanceRecord } from "../../../core/issuance-record.ts";
import { lastChangeOf, vanishesAt } from "../../../core/request-retention.ts";
import { conditionsOf } from "../../../core/request-status.ts";
import { events, type Answer } from "./answer.ts";
import type { Caller } from "./caller.ts";
import { assertJson, rendering } from "./read-requests.ts";
import { objectsInMotion } from "./object-list.ts";
import { booleanParameter, numberParameter, type KubernetesRequest } from "./request.ts";
import { requestObject, resourceVersionOf, type Rendering } from "./request-object.ts";
import { CERTIFICATES_API_VERSION, CSR_RESOURCE } from "./resources.ts";
import { selectionOf, type Selection } from "./selector.ts";
import { DEFAULT_WATCH, type KubernetesServices } from "./services.ts";
import { badRequest, invalid, StatusError } from "./status.ts";
import { includedObject, requestTable } from "./table.ts";
import { finishOwn, isSettled, isUnfinished, mayRead, readCurrent, readVisible } from "./visible-request.ts";

/** What a watch is about, read from its query once. */
interface Watch {
  readonly request: KubernetesRequest;
  readonly caller: Caller;
  readonly selection: Selection;
  /** Changes after this are events; undefined begins with everything there is. */
  readonly since: Date | undefined;
  readonly sendsInitialEvents: boolean;
  readonly sendsBookmarks: boolean;
  readonly holdMilliseconds: number;
}

interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly record: IssuanceRecord;
  readonly at: Date;
}

/**
 * A watch, within what one answer of a function can be: it is held until something happens or its time is up, and then says
 * all that happened at once. Clients go on from there with the next one (K7.4).
 *
 * A streaming list (`sendInitialEvents`) is answered without waiting: its events, the bookmark that ends them, and one
 * more bookmark, which tells the client that this was a living watch, so that it goes on with an ordinary one at once.
 * Where nothing more will happen to the one object asked for, there is no such bookmark: a client that has what it waited
 * for can end there and then, because it backs off first; in a watch that is held it could not (K7.2, K7.4).
 *
 * @throws StatusError
 */
export async function watchRequests(
  services: KubernetesServices,
  caller: Caller,
  request: KubernetesRequest,
): Promise<Answer> {
  const watch = readWatch(services, caller, request);
  const look = await rendering(services);
  if (watch.sendsInitialEvents) {
    const begun = services.clock();
    const initial = eventsOf(services, watch, await recordsOf(services, watch));
    const lines = initial.map((event) => eventLine(event, watch, look, services.clock()));
    const goesOn = watch.selection.name === undefined || !initial.some(({ record }) => isSettled(record));
    return events([...lines, bookmark(begun, true), ...(goesOn ? [bookmark(begun, false)] : [])]);
  }
  const { happened, until } = await hold(services, watch);
  const lines = happened.map((event) => eventLine(event, watch, look, services.clock()));
  return events(watch.sendsBookmarks ? [...lines, bookmark(until, false)] : lines);
}

function readWatch(services: KubernetesServices, caller: Caller, request: KubernetesRequest): Watch {
  const { query, acceptance } = request;
  const { holdMilliseconds } = services.options.watch ?? DEFAULT_WATCH;
  const wantedMilliseconds = numberParameter(query, "timeoutSeconds") * 1000 || holdMilliseconds;
  const sendsInitialEvents = booleanParameter(query, "sendInitialEvents");
  const sendsBookmarks = booleanParameter(query, "allowWatchBookmarks");
  if (sendsInitialEvents) assertStreamingList(query, sendsBookmarks);
  if (acceptance.table === undefined) assertJson(acceptance.acceptsJson);
  return {
    request,
    caller,
    selection: selectionOf(query),
    since: sendsInitialEvents ? undefined : sinceOf(query.get("resourceVersion") ?? "", services.clock()),
    sendsInitialEvents,
    sendsBookmarks,
    holdMilliseconds: Math.min(wantedMilliseconds, holdMilliseconds),
  };
}

/** kube-apiserver's own rules for streaming lists: what it would refuse, a client must not get away with here. */
function assertStreamingList(query: URLSearchParams, sendsBookmarks: boolean): void {
  if (query.get("resourceVersionMatch") !== "NotOlderThan") {
    throw invalid({ ...CSR_RESOURCE, group: "meta.k8s.io", kind: "ListOptions" }, "", [
      {
        reason: "FieldValueForbidden",
        field: "resourceVersionMatch",
        message: 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to "NotOlderThan"',
      },
    ]);
  }
  // Without bookmarks the end of the list could not be told.
  if (!sendsBookmarks) throw badRequest("sendInitialEvents needs allowWatchBookmarks=true here");
}

/** Older changes cannot be told any more: who was deleted before, nobody knows. */
const HORIZON_MS = 3600 * 1000;

function sinceOf(resourceVersion: string, now: Date): Date | undefined {
  if (resourceVersion === "" || resourceVersion === "0") return undefined;
  if (!/^[1-9]\d{0,14}$/.test(resourceVersion))
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(resourceVersion)}: strconv.ParseUint: invalid syntax`,
    );
  const since = Number(resourceVersion);
  if (since < now.getTime() - HORIZON_MS)
    throw new StatusError("Expired", `too old resource version: ${since} (${now.getTime() - HORIZON_MS})`);
  return new Date(since);
}

/** Not held for long, yet long enough not to be taken for a failure, which it would be below a second (K7.4). */
const SETTLED_HOLD_MS = 1100;

/** What happened, and until when that is the whole of it. */
async function hold(
  services: KubernetesServices,
  watch: Watch,
): Promise<{ readonly happened: readonly WatchEvent[]; readonly until: Date }> {
  const { pollMilliseconds } = services.options.watch ?? DEFAULT_WATCH;
  const startedAt = performance.now();
  for (;;) {
    const begun = services.clock();
    const records = await recordsOf(services, watch);
    const happened = eventsOf(services, watch, records);
    const isOver = watch.selection.name !== undefined && records.some(isSettled);
    const holdMilliseconds = isOver ? Math.min(SETTLED_HOLD_MS, watch.holdMilliseconds) : watch.holdMilliseconds;
    const left = startedAt + holdMilliseconds - performance.now();
    if (happened.length > 0 || left <= 0) return { happened, until: latest(begun, watch.since, happened) };
    await sleep(Math.min(pollMilliseconds, left));
  }
}

/** Clocks of two functions differ: a bookmark never goes back behind what was told before. */
function latest(begun: Date, since: Date | undefined, happened: readonly WatchEvent[]): Date {
  return new Date(Math.max(begun.getTime(), since?.getTime() ?? 0, ...happened.map(({ at }) => at.getTime())));
}

function eventsOf(
  services: KubernetesServices,
  watch: Watch,
  records: readonly IssuanceRecord[],
): readonly WatchEvent[] {
  const now = services.clock();
  return records
    .filter((record) => mayRead(watch.caller, record) && watch.selection.matches(record))
    .flatMap((record) => eventOf(services, record, watch.since, now) ?? [])
    .sort((one, other) => one.at.getTime() - other.at.getTime());
}

/** What was asked for at `/v1/certificates` and signed at once never waits: lists have it, a watch of all does not. */
const MAX_WATCHED = 500;

async function recordsOf(services: KubernetesServices, watch: Watch): Promise<readonly IssuanceRecord[]> {
  const { selection, caller, request } = watch;
  if (selection.name !== undefined) {
    const record = await readVisible(services, caller, selection.name);
    if (record === undefined) return removedRecord(services, selection.name);
    return [isUnfinished(record) ? await finishOwn(services, caller, record, request) : record];
  }
  return objectsInMotion(services, MAX_WATCHED);
}

/** What is out of sight is still told to be deleted. */
async function removedRecord(services: KubernetesServices, name: string): Promise<readonly IssuanceRecord[]> {
  const record = await readCurrent(services, name);
  return record === undefined ? [] : [record];
}

/** Undefined when nothing about it changed since then. */
function eventOf(
  services: KubernetesServices,
  record: IssuanceRecord,
  since: Date | undefined,
  now: Date,
): WatchEvent | undefined {
  const changedAt = lastChangeOf(record);
  if (isInSight(services, record, now)) {
    if (since === undefined || record.createdAt.getTime() > since.getTime())
      return { type: "ADDED", record, at: changedAt };
    return changedAt.getTime() > since.getTime() ? { type: "MODIFIED", record, at: changedAt } : undefined;
  }
  const goneAt = vanishesAt(record, conditionsOf(record, services.policy));
  const wasSeen =
    since !== undefined && record.createdAt.getTime() <= since.getTime() && goneAt.getTime() > since.getTime();
  return wasSeen ? { type: "DELETED", record, at: goneAt } : undefined;
}

function eventLine({ type, record }: WatchEvent, { request }: Watch, look: Rendering, now: Date): unknown {
  const { acceptance, query } = request;
  if (acceptance.table === undefined) return { type, object: requestObject(record, look) };
  const metadata = { resourceVersion: resourceVersionOf(record) };
  const options = { version: acceptance.table, include: includedObject(query), metadata, now };
  return { type, object: requestTable([record], look, options) };
}

/** Says up to when the client knows everything. The kind has to be that of the events (K7.4). */
function bookmark(until: Date, endsInitialEvents: boolean): unknown {
  return {
    type: "BOOKMARK",
    object: {
      kind: CSR_RESOURCE.kind,
      apiVersion: CERTIFICATES_API_VERSION,
      metadata: {
        resourceVersion: String(until.getTime()),
        creationTimestamp: null,
        ...(endsInitialEvents ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
      },
      spec: { request: null, signerName: "" },
      status: {},
    },
  };
}

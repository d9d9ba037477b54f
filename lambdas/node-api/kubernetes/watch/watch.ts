import { setTimeout as sleep } from "node:timers/promises";
import { events, type Answer } from "../protocol/answer.ts";
import type { Caller } from "../caller/caller.ts";
import { assertWatchOptions, noStreamingList } from "../read/list-options.ts";
import { objectPage } from "../read/object-list.ts";
import { assertJson, rendering, settledAt, versionOfOne } from "../read/read-requests.ts";
import { booleanParameter, numberParameter, type KubernetesRequest } from "../protocol/request.ts";
import { selectionOf } from "../read/selector.ts";
import { DEFAULT_WATCH, type KubernetesServices } from "../protocol/services.ts";
import { badRequest, StatusError, tooManyRequests } from "../protocol/status.ts";
import { isSettled, isVisible } from "../caller/visible-request.ts";
import { bookmark, eventLine, eventOf, type Watch, type WatchEvent } from "./watch-event.ts";
import { changesOf, disappearancesOf, watchedRecord, type Changes } from "./watched-changes.ts";

/**
 * A watch, within what one answer of a function can be. An administrator's is held until something happens or its time is
 * up, and then says all that happened at once; clients go on from there with the next one (K7.4). Everybody else is told at
 * once what happened since, or to ask again soon.
 *
 * @throws StatusError
 */
export async function watchRequests(
  services: KubernetesServices,
  caller: Caller,
  request: KubernetesRequest,
): Promise<Answer> {
  const watch = readWatch(services, caller, request);
  const render = await rendering(services);
  const line = (event: WatchEvent): unknown => eventLine(event, watch, render, services.clock());
  if (booleanParameter(request.query, "sendInitialEvents")) {
    const { happened, until, goesOn } = await streamingList(services, watch);
    return events([
      ...happened.map(line),
      bookmark(until, true, watch),
      ...(goesOn ? [bookmark(until, false, watch)] : []),
    ]);
  }
  const isFromZero = request.query.get("resourceVersion") === "0" && watch.selection.name !== undefined;
  const { happened, until } = await (isFromZero ? holdOne : hold)(services, watch);
  return events([...happened.map(line), ...(watch.sendsBookmarks ? [bookmark(until, false, watch)] : [])]);
}

function readWatch(services: KubernetesServices, caller: Caller, request: KubernetesRequest): Watch {
  const { query, acceptance } = request;
  const { holdMilliseconds } = services.options.watch ?? DEFAULT_WATCH;
  const wantedMilliseconds = numberParameter(query, "timeoutSeconds") * 1000 || holdMilliseconds;
  assertWatchOptions(query);
  if (acceptance.table === undefined) assertJson(acceptance.acceptsJson);
  return {
    request,
    caller,
    selection: selectionOf(query),
    since: booleanParameter(query, "sendInitialEvents")
      ? undefined
      : sinceOf(query.get("resourceVersion") ?? "", services.clock()),
    sendsBookmarks: booleanParameter(query, "allowWatchBookmarks"),
    holdMilliseconds: Math.min(wantedMilliseconds, holdMilliseconds),
  };
}

/** Older changes cannot be told any more: who was deleted before, nobody knows. */
const HORIZON_MS = 3600 * 1000;

/** Undefined for everything there is. @throws StatusError BadRequest, Expired */
export function sinceOf(resourceVersion: string, now: Date): Date | undefined {
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

/**
 * A streaming list (`sendInitialEvents`) is answered without waiting: its events, the bookmark that ends them, and one
 * more bookmark, which tells the client that this was a living watch, so that it goes on with an ordinary one at once.
 * Where nothing more will happen to the one object asked for, there is no such bookmark: a client that has what it waited
 * for can end there and then, because it backs off first; in a watch that is held it could not (K7.2, K7.4).
 */
async function streamingList(services: KubernetesServices, watch: Watch) {
  const begun = services.clock();
  if (watch.selection.name !== undefined) {
    const record = await watchedRecord(services, watch, watch.selection.name);
    const happened = record === undefined ? [] : (eventOf(services, watch, record, begun) ?? []);
    const goesOn = record === undefined || !isSettled(record);
    return { happened: [happened].flat(), until: versionOfOne(services, begun, record), goesOn };
  }
  const happened = await allOf(services, watch);
  if (happened === undefined) throw noStreamingList();
  return { happened, until: settledAt(services, begun), goesOn: true };
}

/** More than that is listed in pages, and then watched. */
const MOST_INITIAL_EVENTS = 500;

/** Everything there is; undefined when it does not fit one answer. */
async function allOf(services: KubernetesServices, watch: Watch): Promise<readonly WatchEvent[] | undefined> {
  const now = services.clock();
  const page = { limit: MOST_INITIAL_EVENTS, cursor: undefined };
  const { items, cursor } = await objectPage(services, isVisible(services, watch.caller, now), watch.caller, page);
  if (cursor !== undefined) return undefined;
  return items.flatMap((record) => eventOf(services, watch, record, now) ?? []);
}

/**
 * Every watch that is held keeps an instance of the function, however short the hold, for clients watch again at once: three
 * hundred kubelets that wait for a word would be three hundred instances. With this many seconds to wait they are none:
 * client-go waits as long as it is told, ten times over, and then backs off (K7.7).
 */
export const ASK_AGAIN_SECONDS = 5;

/** Not held for long, yet long enough not to be taken for a failure, which it would be below a second (K7.4). */
const SETTLED_HOLD_MS = 1100;

interface Held {
  readonly happened: readonly WatchEvent[];
  /** Until then that is the whole of it. */
  readonly until: Date;
}

/**
 * `kubectl get csr NAME --watch` asks from version 0, has seen the first event by then, and leaves it out: an answer with
 * nothing else would end it. So that event waits for the next one.
 */
async function holdOne(services: KubernetesServices, watch: Watch): Promise<Held> {
  const { events: first, until, isOver } = await poll(services, watch);
  if (first.length === 0 || isOver) return hold(services, watch);
  const rest = await hold(services, { ...watch, since: until });
  return { happened: [...first, ...rest.happened], until: rest.until };
}

async function hold(services: KubernetesServices, watch: Watch): Promise<Held> {
  const { pollMilliseconds } = services.options.watch ?? DEFAULT_WATCH;
  const startedAt = performance.now();
  for (;;) {
    const { events: happened, until, isOver } = await poll(services, watch);
    const holdMilliseconds = isOver ? Math.min(SETTLED_HOLD_MS, watch.holdMilliseconds) : watch.holdMilliseconds;
    const left = startedAt + holdMilliseconds - performance.now();
    if (happened.length > 0 || left <= 0) return atTheEnd(services, watch, { events: happened, until });
    if (!isOver && watch.caller.kind !== "administrator")
      throw tooManyRequests("nothing has happened yet; only administrators' watches are held here", ASK_AGAIN_SECONDS);
    await sleep(Math.min(pollMilliseconds, left));
  }
}

interface Poll extends Changes {
  /** Nothing more will happen to the one object asked for. */
  readonly isOver: boolean;
}

async function poll(services: KubernetesServices, watch: Watch): Promise<Poll> {
  const { selection, since } = watch;
  const begun = services.clock();
  if (selection.name !== undefined) {
    const record = await watchedRecord(services, watch, selection.name);
    const event = record && eventOf(services, watch, record, services.clock());
    const until = versionOfOne(services, begun, record);
    const isOver = record !== undefined && isSettled(record);
    return { events: event === undefined ? [] : [event], until, isOver };
  }
  if (since !== undefined)
    return { ...(await changesOf(services, watch, since, settledAt(services, begun))), isOver: false };
  // Whoever names no version gets all that there is now, once it can all be read.
  await sleep(begun.getTime() - settledAt(services, begun).getTime());
  const all = await allOf(services, watch);
  if (all === undefined)
    throw new StatusError("Expired", "there is more than one answer holds: list first, and watch from there");
  return { events: all.filter(({ at }) => at.getTime() <= begun.getTime()), until: begun, isOver: false };
}

/**
 * What goes out of sight by its age is told with whatever else happened: nobody waits for that. Of a requester's own it
 * was among the changes.
 */
async function atTheEnd(services: KubernetesServices, watch: Watch, changes: Changes): Promise<Held> {
  const { selection, since } = watch;
  const { events: gone, until } =
    selection.name === undefined && since !== undefined && watch.caller.kind === "administrator"
      ? await disappearancesOf(services, watch, since, changes.until)
      : { events: [], until: changes.until };
  const happened = [...changes.events, ...gone].sort((one, other) => one.at.getTime() - other.at.getTime());
  // Clocks of two functions differ: a bookmark never goes back behind what was told before.
  const times = [until, ...(since === undefined ? [] : [since]), ...happened.map(({ at }) => at)];
  return { happened, until: new Date(Math.max(...times.map((at) => at.getTime()))) };
}

import { setTimeout as sleep } from "node:timers/promises";
import { tokenStateOf, type TokenRecord } from "../../../../core/token/token-record.ts";
import { events, type Answer } from "../protocol/answer.ts";
import { assertWatchOptions, noStreamingList } from "../read/list-options.ts";
import { partialObject } from "../protocol/partial-object.ts";
import { settledAt } from "../read/read-requests.ts";
import { booleanParameter, numberParameter, type KubernetesRequest } from "../protocol/request.ts";
import { SECRET_RESOURCE } from "../protocol/resources.ts";
import { secretTable } from "./secret-table.ts";
import type { Selection } from "../read/selector.ts";
import { DEFAULT_WATCH, type AdministrationServices } from "../protocol/services.ts";
import { methodNotAllowed, tooManyRequests } from "../protocol/status.ts";
import { includedObject } from "../read/table.ts";
import { tokenIdOf, tokenSecret, TOKEN_NAMESPACE } from "./token-secret.ts";
import { ASK_AGAIN_SECONDS, sinceOf } from "../watch/watch.ts";

interface TokenEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly token: TokenRecord;
  readonly at: Date;
}

/** Whether it is one still, as the token cleaner of Kubernetes would have it. */
export function isThere(token: TokenRecord, now: Date): boolean {
  const state = tokenStateOf(token, now);
  return state === "Active" || state === "Spent";
}

/**
 * A watch of all tokens is never held: administrators' calls have few instances. It says what happened since, or to ask
 * again soon. That of one token is (`kubectl wait`): client-go cannot be told to stop while it waits to ask again, but
 * while it waits for an answer.
 *
 * @throws StatusError
 */
export async function watchTokens(
  services: AdministrationServices,
  request: KubernetesRequest,
  selection: Selection<TokenRecord>,
): Promise<Answer> {
  const { query } = request;
  assertWatchOptions(query);
  const isStreamingList = booleanParameter(query, "sendInitialEvents");
  const since = isStreamingList ? undefined : sinceOf(query.get("resourceVersion") ?? "", services.clock());
  const { happened, until } = await hold(services, request, selection, since);
  const bookmarks = booleanParameter(query, "allowWatchBookmarks")
    ? [...(isStreamingList ? [bookmark(request, until, true)] : []), bookmark(request, until, false)]
    : [];
  const now = services.clock();
  return events([...happened.map((event) => line(request, event, now)), ...bookmarks]);
}

interface Poll {
  readonly happened: readonly TokenEvent[];
  /** Until then that is the whole of it. */
  readonly until: Date;
}

async function hold(
  services: AdministrationServices,
  { query }: KubernetesRequest,
  selection: Selection<TokenRecord>,
  since: Date | undefined,
): Promise<Poll> {
  const { holdMilliseconds, pollMilliseconds } = services.options.watch ?? DEFAULT_WATCH;
  const wantedMilliseconds = numberParameter(query, "timeoutSeconds") * 1000 || holdMilliseconds;
  const endsAt = performance.now() + Math.min(wantedMilliseconds, holdMilliseconds);
  for (;;) {
    const found = await poll(services, query, selection, since);
    const left = endsAt - performance.now();
    if (since === undefined || found.happened.length > 0) return found;
    if (selection.name === undefined)
      throw tooManyRequests("nothing has happened yet; watches of all secrets are not held here", ASK_AGAIN_SECONDS);
    if (left <= 0) return found;
    await sleep(Math.min(pollMilliseconds, left));
  }
}

async function poll(
  services: AdministrationServices,
  query: URLSearchParams,
  selection: Selection<TokenRecord>,
  since: Date | undefined,
): Promise<Poll> {
  const now = services.clock();
  const until = settledAt(services, now);
  const tokens = await tokensOf(services, selection, booleanParameter(query, "sendInitialEvents"));
  const happened = tokens
    .filter((token) => selection.matches(token))
    .flatMap((token) => eventOf(token, since, since === undefined ? now : until) ?? [])
    .sort((one, other) => one.at.getTime() - other.at.getTime());
  return { happened, until };
}

/** Those that are gone are among them for as long as their items are kept. */
const MOST_PAGES = 4;
const PAGE = 500;

/** @throws StatusError when there are more than one answer can tell of: they are listed in pages */
async function tokensOf(
  { tokens }: AdministrationServices,
  { name }: Selection<TokenRecord>,
  isStreamingList: boolean,
): Promise<readonly TokenRecord[]> {
  if (name !== undefined) {
    const id = tokenIdOf(name);
    const token = id === undefined ? undefined : await tokens.read(id);
    return token === undefined ? [] : [token];
  }
  const all: TokenRecord[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { items, cursor: next } = await tokens.list({ limit: PAGE, cursor });
    all.push(...items);
    if (next === undefined) return all;
    cursor = next;
  }
  throw isStreamingList ? noStreamingList() : methodNotAllowed("GET", "POST");
}

/** What happened to a token since; undefined when nothing did, or nothing that can be told by now. */
function eventOf(token: TokenRecord, since: Date | undefined, until: Date): TokenEvent | undefined {
  const { createdAt, amendedAt = createdAt, revokedAt, expiration } = token;
  const isNew = (at: Date): boolean => at.getTime() > (since?.getTime() ?? 0) && at.getTime() <= until.getTime();
  const wasThere = since !== undefined && createdAt.getTime() <= since.getTime();
  if (!isThere(token, until)) {
    const ends = [revokedAt, expiration].flatMap((at) => at?.getTime() ?? []);
    const at = new Date(Math.min(...ends));
    return wasThere && isNew(at) ? { type: "DELETED", token, at } : undefined;
  }
  const at = amendedAt.getTime() > until.getTime() ? createdAt : amendedAt;
  return isNew(at) ? { type: wasThere ? "MODIFIED" : "ADDED", token, at } : undefined;
}

/** The object bears the time of its event: a client goes on from the version it saw last. */
function line({ acceptance, query }: KubernetesRequest, { type, token, at }: TokenEvent, now: Date): unknown {
  const { metadata, ...rest } = tokenSecret(token);
  const secret = { ...rest, metadata: { ...metadata, resourceVersion: String(at.getTime()) } };
  if (acceptance.isPartial) return { type, object: partialObject(secret) };
  if (acceptance.table === undefined) return { type, object: secret };
  const { resourceVersion } = secret.metadata;
  const options = { version: acceptance.table, include: includedObject(query), now, metadata: { resourceVersion } };
  return { type, object: secretTable([token], options) };
}

function bookmark({ acceptance }: KubernetesRequest, until: Date, endsInitialEvents: boolean): unknown {
  const whole = {
    kind: SECRET_RESOURCE.kind,
    apiVersion: "v1",
    metadata: {
      namespace: TOKEN_NAMESPACE,
      resourceVersion: String(until.getTime()),
      creationTimestamp: null,
      ...(endsInitialEvents ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
    },
  };
  return { type: "BOOKMARK", object: acceptance.isPartial ? partialObject(whole) : whole };
}

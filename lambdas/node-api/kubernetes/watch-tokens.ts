import { tokenStateOf, type TokenRecord } from "../../../core/token-record.ts";
import { events, type Answer } from "./answer.ts";
import { assertWatchOptions, noStreamingList } from "./list-options.ts";
import { partialObject } from "./partial-object.ts";
import { settledAt } from "./read-requests.ts";
import { booleanParameter, type KubernetesRequest } from "./request.ts";
import { SECRET_RESOURCE } from "./resources.ts";
import { secretTable } from "./secret-table.ts";
import type { Selection } from "./selector.ts";
import type { AdministrationServices } from "./services.ts";
import { methodNotAllowed, tooManyRequests } from "./status.ts";
import { includedObject } from "./table.ts";
import { tokenIdOf, tokenSecret, TOKEN_NAMESPACE } from "./token-secret.ts";
import { ASK_AGAIN_SECONDS, sinceOf } from "./watch.ts";

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
 * A watch of tokens is never held: administrators' calls have few instances, and those are for what cannot wait. It says
 * what happened since, or to ask again soon.
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
  const now = services.clock();
  const since = isStreamingList ? undefined : sinceOf(query.get("resourceVersion") ?? "", now);
  const until = settledAt(services, now);
  const tokens = await tokensOf(services, selection, isStreamingList);
  const happened = tokens
    .filter((token) => selection.matches(token))
    .flatMap((token) => eventOf(token, since, since === undefined ? now : until) ?? [])
    .sort((one, other) => one.at.getTime() - other.at.getTime());
  if (since !== undefined && happened.length === 0)
    throw tooManyRequests("nothing has happened yet; watches of secrets are not held here", ASK_AGAIN_SECONDS);
  const bookmarks = booleanParameter(query, "allowWatchBookmarks")
    ? [...(isStreamingList ? [bookmark(request, until, true)] : []), bookmark(request, until, false)]
    : [];
  return events([...happened.map((event) => line(request, event, now)), ...bookmarks]);
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
  throw isStreamingList ? noStreamingList() : methodNotAllowed();
}

/** What happened to a token since; undefined when nothing did, or nothing that can be told by now. */
function eventOf(token: TokenRecord, since: Date | undefined, until: Date): TokenEvent | undefined {
  const { createdAt, amendedAt = createdAt, revokedAt, expiration } = token;
  const isNews = (at: Date): boolean => at.getTime() > (since?.getTime() ?? 0) && at.getTime() <= until.getTime();
  const wasThere = since !== undefined && createdAt.getTime() <= since.getTime();
  if (!isThere(token, until)) {
    const ends = [revokedAt, expiration].flatMap((at) => at?.getTime() ?? []);
    const at = new Date(Math.min(...ends));
    return wasThere && isNews(at) ? { type: "DELETED", token, at } : undefined;
  }
  const at = amendedAt.getTime() > until.getTime() ? createdAt : amendedAt;
  return isNews(at) ? { type: wasThere ? "MODIFIED" : "ADDED", token, at } : undefined;
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

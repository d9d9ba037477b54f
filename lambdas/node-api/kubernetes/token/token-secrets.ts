import { createToken } from "../../../../core/token/create-token.ts";
import { RefusalError } from "../../../../core/refusal.ts";
import type { TokenRecord } from "../../../../core/token/token-record.ts";
import { object, success, type Answer } from "../protocol/answer.ts";
import { amendSecret } from "./amend-secret.ts";
import { assertAdministrator } from "../caller/authorization.ts";
import type { Caller } from "../caller/caller.ts";
import { kubeconfigFor } from "./cluster-info.ts";
import { decodeContinue, encodeContinue } from "../read/continue-token.ts";
import { deleteOptions } from "../body/delete-options.ts";
import { objectBody } from "../body/object-body.ts";
import { decodeSecret } from "../body/object-schema.ts";
import { assertDeletable } from "../body/preconditions.ts";
import { partialList, partialObject } from "../protocol/partial-object.ts";
import { settledAt } from "../read/read-requests.ts";
import { booleanParameter, isDryRun, numberParameter, type KubernetesRequest } from "../protocol/request.ts";
import { SECRET_RESOURCE } from "../protocol/resources.ts";
import { secretTable } from "./secret-table.ts";
import { selectionFrom, type Selectable } from "../read/selector.ts";
import type { AdministrationServices } from "../protocol/services.ts";
import {
  alreadyExists,
  badRequest,
  invalid,
  invalidValue,
  methodNotAllowed,
  notFound,
  type StatusError,
} from "../protocol/status.ts";
import { includedObject } from "../read/table.ts";
import { sentToken, tokenIdOf, tokenSecret, TOKEN_NAMESPACE, TOKEN_SECRET_TYPE } from "./token-secret.ts";
import { isThere, watchTokens } from "./watch-tokens.ts";

/** `/api/v1/namespaces/kube-system/secrets[/{name}]`: what `kubeadm token create|list|delete` calls (K1.5). */
export async function secretOperation(
  services: AdministrationServices,
  caller: Caller,
  request: KubernetesRequest,
  name: string | undefined,
): Promise<Answer> {
  const { method } = request;
  const isWatch = booleanParameter(request.query, "watch");
  const verb =
    name === undefined && method === "GET" ? (isWatch ? "watch" : "list") : (VERBS[method] ?? method.toLowerCase());
  assertAdministrator(caller, {
    verb,
    resource: SECRET_RESOURCE,
    namespace: TOKEN_NAMESPACE,
    ...(name === undefined ? {} : { name }),
  });
  switch (verb) {
    case "list":
      return listTokens(services, request);
    case "watch":
      return watchTokens(services, request, selectionFrom(request.query, TOKENS));
    case "get":
      return getToken(services, request, name ?? "");
    case "update":
    case "patch":
      if (name === undefined) throw methodNotAllowed(...COLLECTION);
      return amendSecret(services, caller, request, await knownToken(services, name));
    case "create":
      if (name === undefined) return postToken(services, caller, request);
      throw methodNotAllowed(...ITEM);
    case "delete":
      if (name !== undefined) return deleteToken(services, caller, request, name);
      throw methodNotAllowed(...COLLECTION);
    default:
      throw methodNotAllowed(...(name === undefined ? COLLECTION : ITEM));
  }
}

const COLLECTION = ["GET", "POST"] as const;
const ITEM = ["GET", "PUT", "PATCH", "DELETE"] as const;

const VERBS: Readonly<Record<string, string>> = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Expired and revoked tokens are gone, as the token cleaner of Kubernetes would have it. */
async function knownToken({ tokens, clock }: AdministrationServices, name: string): Promise<TokenRecord> {
  const id = tokenIdOf(name);
  const token = id === undefined ? undefined : await tokens.read(id);
  if (token === undefined || !isThere(token, clock())) throw notFound(SECRET_RESOURCE, name);
  return token;
}

/** The one answer that holds the secret: it came with the request, and is kept as a hash from here on. */
async function postToken(
  services: AdministrationServices,
  caller: Caller,
  request: KubernetesRequest,
): Promise<Answer> {
  const { object: secret, warnings } = decodeSecret(objectBody(request), request.query);
  const { token, request: wanted } = sentToken(secret, kubeconfigFor(services, request));
  const name = secret.metadata?.name ?? "";
  const known = await services.tokens.read(token.id);
  if (known !== undefined) throw isThere(known, services.clock()) ? alreadyExists(SECRET_RESOURCE, name) : used(name);
  if (isDryRun(request.query)) return object(201, secret, warnings);
  let isTried = false;
  const newToken = () => {
    if (isTried) throw alreadyExists(SECRET_RESOURCE, name);
    isTried = true;
    return token;
  };
  try {
    const { record } = await createToken(
      { ...services, newToken },
      { ...wanted, hasChosenSecret: true },
      caller.identity.username,
    );
    return object(201, tokenSecret(record, token.secret), warnings);
  } catch (error) {
    if (error instanceof RefusalError) throw badRequest(error.message);
    throw error;
  }
}

/**
 * An id is given once. Not 409 for what nobody finds any more: kubeadm would update it, and print the 404 of that in
 * place of the reason. (It tries for a minute after every failure, whatever its code.)
 */
function used(name: string): StatusError {
  const why = "the token of this id was deleted or has expired, and an id is never given again; take another";
  return invalid(SECRET_RESOURCE, name, [invalidValue("data[token-id]", JSON.stringify(tokenIdOf(name) ?? ""), why)]);
}

async function getToken(
  services: AdministrationServices,
  { acceptance, query }: KubernetesRequest,
  name: string,
): Promise<Answer> {
  const token = await knownToken(services, name);
  const secret = tokenSecret(token);
  if (acceptance.isPartial) return object(200, partialObject(secret));
  if (acceptance.table === undefined) return object(200, secret);
  const { resourceVersion } = secret.metadata;
  const options = { version: acceptance.table, include: includedObject(query), now: services.clock() };
  return object(200, secretTable([token], { ...options, metadata: { resourceVersion } }));
}

async function deleteToken(
  services: AdministrationServices,
  caller: Caller,
  request: KubernetesRequest,
  name: string,
): Promise<Answer> {
  const options = deleteOptions(request);
  const token = await knownToken(services, name);
  const { tokenId } = token;
  const { uid, resourceVersion } = tokenSecret(token).metadata;
  assertDeletable(SECRET_RESOURCE, options, { name, uid, resourceVersion });
  if (!options.isDryRun) {
    await services.tokens.revoke(tokenId, services.clock());
    services.audit({ event: "token_revoked", tokenId, username: caller.identity.username });
  }
  return success({ name, kind: SECRET_RESOURCE.plural, uid });
}

const MAX_PAGE = 500;

async function listTokens(services: AdministrationServices, { query, acceptance }: KubernetesRequest): Promise<Answer> {
  const { matches } = selectionFrom(query, TOKENS);
  const now = services.clock();
  const from = query.get("continue") ?? "";
  const begun = from === "" ? { startedAt: now, cursor: undefined } : decodeContinue(from, now);
  const limit = Math.min(numberParameter(query, "limit") || MAX_PAGE, MAX_PAGE);
  const { items, cursor } = await services.tokens.list({ limit, cursor: begun.cursor });
  const { startedAt } = begun;
  const metadata = {
    resourceVersion: String(settledAt(services, startedAt).getTime()),
    ...(cursor === undefined ? {} : { continue: encodeContinue({ startedAt, cursor }) }),
  };
  const tokens = items.filter((token) => isThere(token, now) && matches(token));
  tokens.sort((one, other) => (one.tokenId < other.tokenId ? -1 : 1));
  const secrets = tokens.map((one) => tokenSecret(one));
  if (acceptance.isPartial) return object(200, partialList(metadata, secrets));
  if (acceptance.table === undefined)
    return object(200, { kind: "SecretList", apiVersion: "v1", metadata, items: secrets });
  const options = { version: acceptance.table, include: includedObject(query), metadata, now };
  return object(200, secretTable(tokens, options));
}

/** Of what a Secret can be selected by. Tokens have no labels: a selector that demands one selects none. */
const TOKENS: Selectable<TokenRecord> = {
  fields: {
    "metadata.name": (token) => tokenSecret(token).metadata.name,
    "metadata.namespace": () => TOKEN_NAMESPACE,
    type: () => TOKEN_SECRET_TYPE,
  },
  labels: () => ({}),
};

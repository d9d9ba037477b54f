import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import { encodeBootstrapToken, isTokenId, type BootstrapToken } from "../../core/token/bootstrap-token.ts";
import { clusterInfoKubeconfig } from "../../core/token/cluster-info.ts";
import { createToken, type TokenRequest } from "../../core/token/create-token.ts";
import { RefusalError } from "../../core/refusal.ts";
import { must } from "../../core/input/schema.ts";
import { timeText } from "../../core/input/time.ts";
import {
  MAX_TOKENS_AT_ONCE,
  MOST_TTL_SECONDS,
  TOKEN_USAGES,
  tokenStateOf,
  type TokenRecord,
} from "../../core/token/token-record.ts";
import type { Operations } from "../http/http-function.ts";
import { jsonBody, pathParameter, queryOf, urlAsReached } from "../http/request.ts";
import { empty, json } from "../http/response.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import { joinCommand } from "./join/join-command.ts";
import { administratorOf, pageRequest, type AdminServices } from "./services.ts";

export const tokenSchema = z.strictObject({
  groups: z.optional(z.array(z.string()).check(z.maxLength(20))),
  ttlSeconds: z.optional(z.int().check(z.gte(0), z.lte(MOST_TTL_SECONDS))),
  expiration: z.optional(timeText),
  maxUses: z.optional(z.int().check(z.gte(1))),
  nodeNames: z.optional(z.array(z.string()).check(z.maxLength(100))),
  usages: z.optional(z.array(z.enum(TOKEN_USAGES)).check(z.minLength(1))),
  sourceCidrs: z.optional(z.array(z.string()).check(z.maxLength(50))),
  allowReplace: z.optional(z.boolean()),
  description: z.optional(
    z.string().check(
      z.maxLength(256),
      must((text) => !/\p{Cc}/u.test(text), "must not hold control characters"),
    ),
  ),
  count: z.optional(z.int().check(z.gte(1), z.lte(MAX_TOKENS_AT_ONCE))),
});

export function tokenOperations(services: AdminServices) {
  return {
    "POST /v1/admin/tokens": async (event) => {
      const { count, ...members } = jsonBody(event, tokenSchema);
      const request = { ...tokenRequest(members), kubeconfig: kubeconfigToSign(event, services) };
      const administrator = administratorOf(event);
      const items: unknown[] = [];
      // One after the other: a refusal or a failure then leaves tokens nobody was told of behind, but never a half-made one.
      for (let made = 0; made < (count ?? 1); made++) {
        const { token, record } = await createToken(services, request, administrator);
        items.push(createdToken(event, services, token, record));
      }
      return json(201, count === undefined || count === 1 ? items[0] : { items });
    },
    "GET /v1/admin/tokens": async (event) => {
      const { items, cursor } = await services.tokens.list(pageRequest(queryOf(event, ["limit", "cursor"])));
      return json(200, { items: items.map((token) => describeToken(token, services.clock())), cursor });
    },
    "GET /v1/admin/tokens/{id}": async (event) =>
      json(200, describeToken(await knownToken(services, event), services.clock())),
    "DELETE /v1/admin/tokens/{id}": async (event) => {
      const { tokenId } = await knownToken(services, event);
      await services.tokens.revoke(tokenId, services.clock());
      services.audit({ event: "token_revoked", tokenId, username: administratorOf(event) });
      return empty(204);
    },
  } satisfies Operations;
}

/** As the node API on the same host shows it. */
function kubeconfigToSign(
  { requestContext }: APIGatewayProxyEventV2,
  { clusterInfoCaPem }: AdminServices,
): string | undefined {
  if (clusterInfoCaPem === undefined) return undefined;
  return clusterInfoKubeconfig(`https://${requestContext.domainName}`, clusterInfoCaPem);
}

function tokenRequest(members: Omit<z.output<typeof tokenSchema>, "count">): TokenRequest {
  const { groups, ttlSeconds, expiration, maxUses, nodeNames, usages, sourceCidrs, allowReplace, description } =
    members;
  return {
    groups,
    ttlSeconds,
    expiration: expiration === undefined ? undefined : new Date(expiration),
    maxUses,
    nodeNames: nodeNames ?? [],
    usages,
    sourceCidrs: sourceCidrs ?? [],
    allowReplace: allowReplace ?? false,
    description: description ?? "",
  };
}

async function knownToken(services: AdminServices, event: APIGatewayProxyEventV2): Promise<TokenRecord> {
  const id = pathParameter(event, "id");
  const token = isTokenId(id) ? await services.tokens.read(id) : undefined;
  // The id is not repeated: somebody may have sent the whole token.
  if (token === undefined) throw new RefusalError("not_found", "there is no token with this id", { field: "id" });
  return token;
}

function createdToken(
  event: APIGatewayProxyEventV2,
  services: AdminServices,
  token: BootstrapToken,
  record: TokenRecord,
): unknown {
  return {
    token: encodeBootstrapToken(token),
    ...grantOf(record),
    joinCommand: joinCommand(
      { url: urlAsReached(event), nodeNames: record.nodeNames, caCertHashes: services.tlsCaCertHashes },
      token,
    ),
  };
}

function describeToken(token: TokenRecord, now: Date): unknown {
  return {
    ...grantOf(token),
    uses: token.maxUses === undefined ? null : token.usedBy.size,
    revokedAt: token.revokedAt === undefined ? null : rfc3339(token.revokedAt),
    state: tokenStateOf(token, now),
  };
}

function grantOf(token: TokenRecord) {
  const {
    tokenId,
    expiration,
    groups,
    usages,
    maxUses,
    nodeNames,
    sourceCidrs,
    allowReplace,
    description,
    createdAt,
    createdBy,
  } = token;
  return {
    tokenId,
    expiration: expiration === undefined ? null : rfc3339(expiration),
    groups,
    usages,
    maxUses: maxUses ?? null,
    nodeNames,
    sourceCidrs,
    allowReplace,
    description,
    createdAt: rfc3339(createdAt),
    createdBy,
  };
}

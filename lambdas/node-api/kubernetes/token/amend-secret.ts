import { isTokenSecret, parseBootstrapToken } from "../../../../core/token/bootstrap-token.ts";
import { HIDDEN_SECRET } from "../../../../core/token/chosen-secret.ts";
import { faultOfExpiration } from "../../../../core/token/token-ceilings.ts";
import type { TokenRecord } from "../../../../core/token/token-record.ts";
import { object, type Answer } from "../protocol/answer.ts";
import type { Caller } from "../caller/caller.ts";
import { objectBody } from "../body/object-body.ts";
import { decodeSecret, type SentSecret } from "../body/object-schema.ts";
import { patchedObject } from "../body/patched-object.ts";
import { assertPreconditions } from "../body/preconditions.ts";
import { isDryRun, type KubernetesRequest } from "../protocol/request.ts";
import { SECRET_RESOURCE } from "../protocol/resources.ts";
import type { AdministrationServices } from "../protocol/services.ts";
import { invalid, invalidValue, notFound, type FieldCause } from "../protocol/status.ts";
import { decodedData, faultsOfData, groupsIn, tokenSecret, TOKEN_SECRET_TYPE } from "./token-secret.ts";

/**
 * PUT and PATCH of a token: its expiration and its description. The rest is what the token is, and what somebody may have
 * been given it for.
 *
 * @throws StatusError
 */
export async function amendSecret(
  services: AdministrationServices,
  caller: Caller,
  request: KubernetesRequest,
  record: TokenRecord,
): Promise<Answer> {
  const current = tokenSecret(record);
  const { name, uid, resourceVersion } = current.metadata;
  const body = request.method === "PATCH" ? patchedObject(request, current) : objectBody(request);
  const { object: sent, warnings } = decodeSecret(body, request.query);
  assertPreconditions(SECRET_RESOURCE, sent.metadata ?? {}, { name, uid, resourceVersion });
  const data = decodedData(sent);
  const at = services.clock();
  const causes = [...faultsOfData(data), ...changesForbidden(record, sent, data)];
  const text = data.get("expiration");
  const expiration = text === undefined ? undefined : new Date(text);
  const hasAnother = expiration?.getTime() !== record.expiration?.getTime();
  const isWellFormed = causes.length === 0;
  const fault =
    isWellFormed && hasAnother ? faultOfExpiration(services.policy.tokens ?? {}, expiration, at) : undefined;
  if (fault !== undefined) causes.push(invalidValue("data[expiration]", JSON.stringify(text ?? ""), fault.message));
  if (causes.length > 0) throw invalid(SECRET_RESOURCE, name, causes);
  const amendment = {
    expiration,
    description: data.get("description") ?? "",
    at,
  };
  if (isDryRun(request.query)) return object(200, tokenSecret({ ...record, ...amendment }), warnings);
  const amended = await services.tokens.amend(record.tokenId, amendment);
  if (amended === undefined) throw notFound(SECRET_RESOURCE, name);
  services.audit({ event: "token_amended", tokenId: record.tokenId, username: caller.identity.username });
  return object(200, tokenSecret(amended), warnings);
}

function changesForbidden(
  record: TokenRecord,
  { type }: SentSecret,
  data: ReadonlyMap<string, string>,
): readonly FieldCause[] {
  const forbidden = (field: string): FieldCause => ({
    reason: "FieldValueInvalid",
    field,
    message: "Invalid value: field is immutable; make another token",
  });
  const usages = ["signing", "authentication"] as const;
  const changed = [
    type !== TOKEN_SECRET_TYPE ? "type" : undefined,
    data.get("token-id") !== record.tokenId ? "data[token-id]" : undefined,
    isItsSecret(record, data.get("token-secret") ?? "") ? undefined : "data[token-secret]",
    [...new Set(groupsIn(data))].sort().join() !== record.groups.join() ? "data[auth-extra-groups]" : undefined,
    ...usages.map((usage) =>
      (data.get(`usage-bootstrap-${usage}`) === "true") !== record.usages.includes(usage)
        ? `data[usage-bootstrap-${usage}]`
        : undefined,
    ),
  ];
  return changed.flatMap((field) => (field === undefined ? [] : [forbidden(field)]));
}

/** As it is shown, or as it is. */
function isItsSecret({ tokenId, secretHash }: TokenRecord, secret: string): boolean {
  if (secret === HIDDEN_SECRET) return true;
  const token = parseBootstrapToken(`${tokenId}.${secret}`);
  return token !== undefined && isTokenSecret(token, secretHash);
}

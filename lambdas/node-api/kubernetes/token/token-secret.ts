import {
  BOOTSTRAP_GROUP_PATTERN,
  parseBootstrapToken,
  type BootstrapToken,
} from "../../../../core/token/bootstrap-token.ts";
import { faultOfChosenSecret, HIDDEN_SECRET } from "../../../../core/token/chosen-secret.ts";
import type { TokenRequest } from "../../../../core/token/create-token.ts";
import { TOKEN_USAGES, type TokenRecord } from "../../../../core/token/token-record.ts";
import { rfc3339 } from "../../../http/rfc3339.ts";
import type { SentSecret } from "../body/object-schema.ts";
import { base64Member } from "../body/object-body.ts";
import { SECRET_RESOURCE } from "../protocol/resources.ts";
import { forbiddenBecause, invalid, invalidValue, type FieldCause } from "../protocol/status.ts";

/** A bootstrap token as Kubernetes keeps it: a Secret of its own type in `kube-system` (K1.2). */
export const TOKEN_NAMESPACE = "kube-system";
export const TOKEN_SECRET_TYPE = "bootstrap.kubernetes.io/token";
const NAME_PREFIX = "bootstrap-token-";

/** Undefined when no token has such a name. */
export function tokenIdOf(secretName: string): string | undefined {
  return new RegExp(`^${NAME_PREFIX}([a-z0-9]{6})$`).exec(secretName)?.[1];
}

export interface SentToken {
  readonly token: BootstrapToken;
  readonly request: TokenRequest;
}

/** @throws StatusError Forbidden for other Secrets, Invalid for a token that is none */
export function sentToken(secret: SentSecret, kubeconfig: string | undefined): SentToken {
  const name = secret.metadata?.name ?? "";
  if (secret.type !== TOKEN_SECRET_TYPE)
    throw forbiddenBecause(SECRET_RESOURCE, name, `only secrets of type ${TOKEN_SECRET_TYPE} are kept here`);
  const data = decodedData(secret);
  const token = parseBootstrapToken(`${data.get("token-id") ?? ""}.${data.get("token-secret") ?? ""}`);
  const causes = [...faultsOfToken(token, name), ...faultsOfData(data)];
  if (causes.length > 0 || token === undefined) throw invalid(SECRET_RESOURCE, name, causes);
  const expiration = data.get("expiration");
  const request: TokenRequest = {
    groups: groupsIn(data),
    ttlSeconds: expiration === undefined ? 0 : undefined,
    expiration: expiration === undefined ? undefined : new Date(expiration),
    maxUses: undefined,
    nodeNames: [],
    usages: TOKEN_USAGES.filter((usage) => data.get(`usage-bootstrap-${usage}`) === "true"),
    sourceCidrs: [],
    allowReplace: false,
    description: data.get("description") ?? "",
    kubeconfig,
  };
  return { token, request };
}

/** @throws StatusError BadRequest for what is no base64 */
export function decodedData({ data, stringData }: SentSecret): ReadonlyMap<string, string> {
  const decoded = Object.entries(data ?? {}).map(
    ([key, value]) => [key, base64Member(value, `data[${key}]`).toString("utf8")] as const,
  );
  return new Map([...decoded, ...Object.entries(stringData ?? {})]);
}

export function groupsIn(data: ReadonlyMap<string, string>): string[] {
  return (data.get("auth-extra-groups") ?? "").split(",").filter((group) => group !== "");
}

/** Of the secret only what is wrong with it is said, never itself. */
function faultsOfToken(token: BootstrapToken | undefined, name: string): readonly FieldCause[] {
  if (token === undefined)
    return [invalidValue("data", "<token>", "token-id and token-secret must form a bootstrap token")];
  const fault = faultOfChosenSecret(token);
  return [
    ...(name === NAME_PREFIX + token.id
      ? []
      : [invalidValue("metadata.name", JSON.stringify(name), `must be ${NAME_PREFIX}${token.id}`)]),
    ...(fault === undefined ? [] : [invalidValue("data[token-secret]", "<secret>", fault)]),
  ];
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const MAX_DESCRIPTION_CHARACTERS = 256;

export function faultsOfData(data: ReadonlyMap<string, string>): readonly FieldCause[] {
  const expiration = data.get("expiration");
  const isTime = expiration === undefined || (TIME.test(expiration) && !Number.isNaN(Date.parse(expiration)));
  const foreignGroup = groupsIn(data).find((group) => !BOOTSTRAP_GROUP_PATTERN.test(group));
  const description = data.get("description") ?? "";
  return [
    ...(isTime ? [] : [invalidValue("data[expiration]", "<text>", "must be a time in RFC 3339")]),
    ...(foreignGroup === undefined
      ? []
      : [
          invalidValue(
            "data[auth-extra-groups]",
            JSON.stringify(foreignGroup.slice(0, 100)),
            'must begin with "system:bootstrappers:"',
          ),
        ]),
    ...(description.length <= MAX_DESCRIPTION_CHARACTERS && !/\p{Cc}/u.test(description)
      ? []
      : [
          invalidValue(
            "data[description]",
            "<text>",
            `must have at most ${MAX_DESCRIPTION_CHARACTERS} characters and no control characters`,
          ),
        ]),
  ];
}

/** @param secret only where it was just made: of every other token nobody knows it any more */
export function tokenSecret(record: TokenRecord, secret?: string) {
  const { tokenId, description, expiration, groups, usages, createdAt, amendedAt } = record;
  const texts = {
    ...(groups.length === 0 ? {} : { "auth-extra-groups": groups.join(",") }),
    ...(description === "" ? {} : { description }),
    ...(expiration === undefined ? {} : { expiration: rfc3339(expiration) }),
    "token-id": tokenId,
    "token-secret": secret ?? HIDDEN_SECRET,
    ...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, "true"])),
  };
  return {
    kind: SECRET_RESOURCE.kind,
    apiVersion: "v1",
    metadata: {
      name: NAME_PREFIX + tokenId,
      namespace: TOKEN_NAMESPACE,
      uid: `${tokenId}-${createdAt.getTime().toString(36)}`,
      resourceVersion: String((amendedAt ?? createdAt).getTime()),
      creationTimestamp: rfc3339(createdAt),
    },
    data: Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
    type: TOKEN_SECRET_TYPE,
  };
}

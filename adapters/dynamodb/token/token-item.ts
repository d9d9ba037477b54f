import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { TOKEN_USAGES, type TokenRecord, type WaitingUse } from "../../../core/token/token-record.ts";
import {
  bytes,
  bytesOf,
  itemOf,
  map,
  mapOf,
  number,
  numberOf,
  optional,
  optionalOf,
  seconds,
  text,
  textOf,
  texts,
  textsOf,
  time,
  timeOf,
  unreadable,
  type Item,
} from "../attribute.ts";

/** All tokens are in one partition of the index: operators make them, not nodes. */
export const TOKEN_LIST = "token";

const KEPT_DAYS = 30;

/** The attributes are named as in `TokenRecord`; `usedBy` and `waiting` are string sets: DynamoDB adds to them in place. */
export function tokenItem(token: TokenRecord): Item {
  const { expiration, usedBy } = token;
  return itemOf({
    tokenId: text(token.tokenId),
    list: text(TOKEN_LIST),
    secretHash: bytes(token.secretHash),
    groups: texts(token.groups),
    usages: texts(token.usages),
    expiration: optional(expiration, time),
    maxUses: optional(token.maxUses, number),
    // DynamoDB has no empty sets.
    usedBy: usedBy.size === 0 ? undefined : { SS: [...usedBy] },
    waiting: optional(token.waiting, (uses) => ({ SS: uses.map(waitingEntry) })),
    nodeNames: texts(token.nodeNames),
    sourceCidrs: texts(token.sourceCidrs),
    allowReplace: { BOOL: token.allowReplace },
    description: text(token.description),
    createdAt: time(token.createdAt),
    createdBy: text(token.createdBy),
    revokedAt: optional(token.revokedAt, time),
    clusterInfo: optional(token.clusterInfo, ({ kubeconfigSha256, signature }) =>
      map({ kubeconfigSha256: text(kubeconfigSha256), signature: text(signature) }),
    ),
    amendedAt: optional(token.amendedAt, time),
    discoveryKey: optional(token.discoveryKey, text),
    deleteAt: optional(expiration, deleteAtOf),
  });
}

/** When the cleaner may have a token that expires then. */
export function deleteAtOf(expiration: Date): AttributeValue {
  return seconds(new Date(expiration.getTime() + KEPT_DAYS * 24 * 3600 * 1000));
}

/** @throws Error when the item is none of ours */
export function tokenOf(item: Item): TokenRecord {
  return {
    tokenId: textOf(item, "tokenId"),
    secretHash: bytesOf(item, "secretHash"),
    groups: textsOf(item, "groups"),
    usages: textsOf(item, "usages").map(
      (usage) => TOKEN_USAGES.find((one) => one === usage) ?? unreadable("usages", TOKEN_USAGES.join(" | ")),
    ),
    expiration: optionalOf(item, "expiration", timeOf),
    maxUses: optionalOf(item, "maxUses", numberOf),
    usedBy: new Set(item["usedBy"]?.SS),
    ...(item["waiting"] === undefined ? {} : { waiting: (item["waiting"].SS ?? []).map(waitingUseOf) }),
    nodeNames: textsOf(item, "nodeNames"),
    sourceCidrs: textsOf(item, "sourceCidrs"),
    allowReplace: item["allowReplace"]?.BOOL ?? unreadable("allowReplace", "boolean"),
    description: textOf(item, "description"),
    createdAt: timeOf(item, "createdAt"),
    createdBy: textOf(item, "createdBy"),
    revokedAt: optionalOf(item, "revokedAt", timeOf),
    ...(item["amendedAt"] === undefined ? {} : { amendedAt: timeOf(item, "amendedAt") }),
    ...(item["discoveryKey"] === undefined ? {} : { discoveryKey: textOf(item, "discoveryKey") }),
    ...(item["clusterInfo"] === undefined ? {} : { clusterInfo: clusterInfoOf(item) }),
  };
}

/** An element of `waiting`: the same use gives the same text, so that it can be taken out again. */
export function waitingEntry({ useName, requestName, nodeName, at, replaced }: WaitingUse): string {
  return JSON.stringify([useName, requestName, nodeName, at.getTime(), replaced]);
}

function waitingUseOf(entry: string): WaitingUse {
  const members: unknown = JSON.parse(entry);
  const [useName, requestName, nodeName, at, replaced] = Array.isArray(members) ? (members as unknown[]) : [];
  if (
    typeof useName !== "string" ||
    typeof requestName !== "string" ||
    typeof nodeName !== "string" ||
    typeof at !== "number" ||
    typeof replaced !== "number"
  )
    return unreadable("waiting", "set of waiting uses");
  return { useName, requestName, nodeName, at: new Date(at), replaced };
}

function clusterInfoOf(item: Item): NonNullable<TokenRecord["clusterInfo"]> {
  const clusterInfo = mapOf(item, "clusterInfo");
  return { kubeconfigSha256: textOf(clusterInfo, "kubeconfigSha256"), signature: textOf(clusterInfo, "signature") };
}

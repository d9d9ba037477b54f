import type { ClusterInfoSignature } from "./cluster-info.ts";
import { AUTHENTICATED_GROUP, type Identity } from "./identity.ts";
import { BOOTSTRAP_USERNAME_PREFIX, BOOTSTRAPPERS_GROUP } from "./bootstrap-token.ts";

export const TOKEN_USAGES = ["signing", "authentication"] as const;
export type TokenUsage = (typeof TOKEN_USAGES)[number];

/** A bootstrap token as it is kept: everything but the secret. */
export interface TokenRecord {
  readonly tokenId: string;
  readonly secretHash: Uint8Array;
  /** Besides `system:bootstrappers`, which every token has. */
  readonly groups: readonly string[];
  readonly usages: readonly TokenUsage[];
  /** Undefined: never. At this instant it has expired (Kubernetes counts equality as expired). */
  readonly expiration: Date | undefined;
  /** Undefined: any number. */
  readonly maxUses: number | undefined;
  /** Uses by name (`useNameOf`), kept only where they are limited: a set, so that a retry never counts twice. */
  readonly usedBy: ReadonlySet<string>;
  /** Those of them whose requests waited for approval when they were counted. */
  readonly waiting?: readonly WaitingUse[];
  readonly nodeNames: readonly string[];
  readonly sourceCidrs: readonly string[];
  readonly allowReplace: boolean;
  readonly description: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly revokedAt: Date | undefined;
  /** When an administrator last gave it another expiration or description. */
  readonly amendedAt?: Date;
  /** By which the service shows that it knows the token; not of those whose secret somebody chose. */
  readonly discoveryKey?: string;
  /** Of tokens for signing, where `cluster-info` is exposed. */
  readonly clusterInfo?: ClusterInfoSignature;
}

/** A use that the next request by the same token for the same name may take over, as long as it was not signed. */
export interface WaitingUse {
  readonly useName: string;
  readonly requestName: string;
  readonly nodeName: string;
  readonly at: Date;
  /** How many requests for this name were replaced in a row before this one. */
  readonly replaced: number;
}

/** All that may change about a token besides its revocation. */
export interface TokenAmendment {
  readonly expiration: Date | undefined;
  readonly description: string;
  readonly at: Date;
}

export type TokenState = "Active" | "Expired" | "Revoked" | "Spent";

/**
 * The most uses a limited token may have: its item holds one name (47 characters) for each, and DynamoDB bills each
 * write by the item's size. For more nodes, leave the limit out or make several tokens.
 */
export const MAX_LIMITED_USES = 1000;

/** Ten years: what ends later never ends. */
export const MOST_TTL_SECONDS = 10 * 365 * 24 * 3600;

/** Of one kind, made by one request. */
export const MAX_TOKENS_AT_ONCE = 100;

export function tokenStateOf(token: TokenRecord, now: Date): TokenState {
  if (token.revokedAt !== undefined) return "Revoked";
  if (token.expiration !== undefined && now.getTime() >= token.expiration.getTime()) return "Expired";
  return isSpent(token) ? "Spent" : "Active";
}

function isSpent({ maxUses, usedBy }: TokenRecord): boolean {
  return maxUses !== undefined && usedBy.size >= maxUses;
}

/** Whether a use may be counted: it was before, or there is room. */
export function hasRoomFor(token: TokenRecord, useName: string): boolean {
  return token.usedBy.has(useName) || !isSpent(token);
}

/** Kubernetes' identity of a bootstrap token (K1.3). */
export function identityOfToken(token: TokenRecord): Identity {
  const { tokenId, nodeNames, sourceCidrs, maxUses, allowReplace } = token;
  return {
    username: BOOTSTRAP_USERNAME_PREFIX + tokenId,
    groups: [...new Set([BOOTSTRAPPERS_GROUP, ...token.groups])].sort().concat(AUTHENTICATED_GROUP),
    token: { tokenId, nodeNames, sourceCidrs, maxUses, allowReplace },
  };
}

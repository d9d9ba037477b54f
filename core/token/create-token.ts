import type { Audit } from "../audit/audit-event.ts";
import {
  BOOTSTRAP_GROUP_PATTERN,
  DEFAULT_TOKEN_GROUP,
  hashTokenSecret,
  type BootstrapToken,
} from "./bootstrap-token.ts";
import { signClusterInfo } from "./cluster-info.ts";
import { discoveryKeyOf } from "./discovery.ts";
import { faultOfCidrBlock } from "../certificate/ip-address.ts";
import { faultOfPattern, isNamePattern } from "../certificate/name-pattern.ts";
import { NODE_NAMES } from "../certificate/profile.ts";
import { assertWithinCeilings, type TokenCeilings } from "./token-ceilings.ts";
import type { TokenStore } from "./token-store.ts";
import { RefusalError } from "../refusal.ts";
import { shown } from "../input/schema.ts";
import { MAX_LIMITED_USES, TOKEN_USAGES, type TokenRecord, type TokenUsage } from "./token-record.ts";

export interface TokenRequest {
  readonly groups: readonly string[] | undefined;
  /** 0: never expires. Not together with `expiration`. */
  readonly ttlSeconds: number | undefined;
  readonly expiration: Date | undefined;
  readonly maxUses: number | undefined;
  readonly nodeNames: readonly string[];
  readonly usages: readonly TokenUsage[] | undefined;
  readonly sourceCidrs: readonly string[];
  readonly allowReplace: boolean;
  readonly description: string;
  /** Whether the secret came from outside. Whoever chose it may have chosen one that can be guessed. */
  readonly hasChosenSecret?: boolean;
  /** What `cluster-info` says, for tokens that sign it. */
  readonly kubeconfig?: string | undefined;
}

export interface TokenServices {
  /** What policy lets administrators make. */
  readonly policy: { readonly tokens?: TokenCeilings | undefined };
  readonly tokens: TokenStore;
  readonly clock: () => Date;
  readonly newToken: () => BootstrapToken;
  readonly audit: Audit;
}

/** kubeadm's default. */
export const DEFAULT_TTL_SECONDS = 24 * 3600;

/** Ids are 31 bits: with a million tokens stored, one try in two thousand meets a taken one. */
const ID_TRIES = 5;

/**
 * Makes a bootstrap token. This is the only time its secret is known to the service.
 *
 * @throws RefusalError `malformed_request`, `denied_by_policy`
 */
export async function createToken(
  services: TokenServices,
  request: TokenRequest,
  createdBy: string,
): Promise<{ token: BootstrapToken; record: TokenRecord }> {
  const now = services.clock();
  const { tokens: ceilings = {} } = services.policy;
  assertAcceptable(request, now);
  const wanted = withDefaults(request, ceilings);
  assertWithinCeilings(ceilings, { ...wanted, expiration: expirationOf(wanted, now) }, createdBy, now);
  for (let attempt = 0; attempt < ID_TRIES; attempt++) {
    const token = services.newToken();
    const record = tokenRecord(token, wanted, createdBy, now);
    if (await services.tokens.create(record)) {
      services.audit({ event: "token_created", tokenId: token.id, groups: record.groups, username: createdBy });
      return { token, record };
    }
  }
  throw new Error(`${ID_TRIES} random token ids in a row were taken`);
}

function tokenRecord(token: BootstrapToken, request: TokenRequest, createdBy: string, now: Date): TokenRecord {
  const { kubeconfig, usages = TOKEN_USAGES } = request;
  const isSigning = kubeconfig !== undefined && usages.includes("signing");
  return {
    ...(isSigning ? { clusterInfo: signClusterInfo(kubeconfig, token) } : {}),
    ...(request.hasChosenSecret === true ? {} : { discoveryKey: discoveryKeyOf(token) }),
    tokenId: token.id,
    secretHash: hashTokenSecret(token),
    groups: [...new Set(request.groups ?? [DEFAULT_TOKEN_GROUP])].sort(),
    usages,
    expiration: expirationOf(request, now),
    maxUses: request.maxUses,
    usedBy: new Set(),
    nodeNames: request.nodeNames,
    sourceCidrs: request.sourceCidrs,
    allowReplace: request.allowReplace,
    description: request.description,
    createdAt: now,
    createdBy,
    revokedAt: undefined,
  };
}

/** What is not said is as usual, and within what policy allows. */
function withDefaults(request: TokenRequest, { maxTtlSeconds = Infinity, maxUses }: TokenCeilings): TokenRequest {
  const isTimeless = request.ttlSeconds === undefined && request.expiration === undefined;
  return {
    ...request,
    ...(isTimeless ? { ttlSeconds: Math.min(DEFAULT_TTL_SECONDS, maxTtlSeconds) } : {}),
    maxUses: request.maxUses ?? maxUses,
  };
}

/** Whole seconds, as RFC 3339 shows them to people and Kubernetes. */
function expirationOf({ ttlSeconds, expiration }: TokenRequest, now: Date): Date | undefined {
  if (expiration !== undefined) return expiration;
  if (ttlSeconds === 0) return undefined;
  return new Date((Math.floor(now.getTime() / 1000) + (ttlSeconds ?? DEFAULT_TTL_SECONDS)) * 1000);
}

function assertAcceptable(request: TokenRequest, now: Date): void {
  const { groups, ttlSeconds, expiration, maxUses, nodeNames, usages, sourceCidrs } = request;
  const refuse = (field: string, why: string): never => {
    throw new RefusalError("malformed_request", `"${field}" ${why}`, { field });
  };
  if (ttlSeconds !== undefined && expiration !== undefined) refuse("expiration", 'and "ttlSeconds" exclude each other');
  if (expiration !== undefined && expiration.getTime() <= now.getTime())
    refuse("expiration", `is in the past; it is now ${now.toISOString()}`);
  const foreignGroup = groups?.find((group) => !BOOTSTRAP_GROUP_PATTERN.test(group));
  if (foreignGroup !== undefined)
    refuse(
      "groups",
      `must begin with "system:bootstrappers:" and hold a-z, 0-9, ':' and '-' only, got ${shown(foreignGroup)}`,
    );
  if (groups !== undefined && groups.length > 0 && usages?.includes("authentication") === false)
    refuse("groups", 'need "authentication" among the usages');
  if (maxUses !== undefined && maxUses > MAX_LIMITED_USES) {
    refuse(
      "maxUses",
      `must be at most ${MAX_LIMITED_USES}, got ${maxUses}; for more nodes leave it out or make several tokens`,
    );
  }
  for (const name of nodeNames) {
    const why = faultOfPattern(name, NODE_NAMES);
    if (why === undefined && isNamePattern(name)) continue;
    const reason = why === undefined ? "" : `: ${why}`;
    refuse("nodeNames", `must hold lower-case node names or patterns with '*', got ${shown(name)}${reason}`);
  }
  for (const block of sourceCidrs) {
    const [what, reason] = (faultOfCidrBlock(block) ?? "").split(": ", 2);
    if (what === "") continue;
    refuse("sourceCidrs", `${what ?? ""}, got ${shown(block)}${reason === undefined ? "" : `: ${reason}`}`);
  }
}

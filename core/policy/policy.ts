import { NO_IDENTITIES, type IdentityPolicy } from "../attestation/identity-provider.ts";
import { BOOTSTRAPPERS_GROUP, DEFAULT_TOKEN_GROUP } from "../token/bootstrap-token.ts";
import { DEFAULT_KEY_TYPES, type KeyType } from "../keys/key-type.ts";
import { NODES_GROUP } from "../certificate/node-name.ts";
import { KUBELET_CLIENT_SIGNER } from "../certificate/profile.ts";
import type { RecoveryLimits } from "../claim/recovery.ts";
import type { TokenCeilings } from "../token/token-ceilings.ts";
import type { LifetimeLimits } from "../certificate/validity.ts";

/** Binds a group to a profile. What no rule allows is denied. */
export interface PolicyRule extends LifetimeLimits, RecoveryLimits {
  /** Named in every denial. */
  readonly name: string;
  readonly group: string;
  readonly signerName: string;
  readonly approval: "auto" | "manual";
  /** Whether the common name must be the requester's own username (Kubernetes' `selfnodeclient`). */
  readonly ownNameOnly: boolean;
  /** Exact names or patterns with `*`. */
  readonly names: readonly string[];
  /** For profiles that leave the organizations open. A set: their order has no meaning. */
  readonly organizations: readonly string[];
  /** Whether a request must name all of them, or one or more. */
  readonly organizationsMode: "all" | "any";
  /** Patterns with `*` and `{name}`. */
  readonly dnsNames: readonly string[];
  /** CIDR blocks. */
  readonly ipAddresses: readonly string[];
  readonly keyTypes: readonly KeyType[];
  /** Its certificates say that nobody is told of their revocation (RFC 9608): they end before that would arrive. */
  readonly noRevAvail: boolean;
}

export interface Policy extends IdentityPolicy {
  /** Recorded with every decision. */
  readonly version: string;
  readonly rules: readonly PolicyRule[];
  /** Whether a live node's name is protected from other keys (property 6 of docs/architecture.md). */
  readonly protectLiveNames: boolean;
  /** What administrators may make. Absent: anything. */
  readonly tokens?: TokenCeilings | undefined;
}

const DAY_SECONDS = 24 * 3600;

/** A week covers an outage over a long weekend. kube-apiserver reads no revocation list, so longer would be worse. */
export const DEFAULT_LIFETIME_SECONDS = 7 * DAY_SECONDS;
export const MAX_LIFETIME_SECONDS = 30 * DAY_SECONDS;

/**
 * How long a node of the shipped policy may be off and still recover by itself: as long as the longest certificate
 * lives, so that a lost disk is worth no more than policy allows anyhow.
 */
export const DEFAULT_RECOVERY_SECONDS = MAX_LIFETIME_SECONDS;

/**
 * No rule may allow more: rotation makes longer lifetimes needless, and the inventory reads one list per possible
 * expiry day.
 */
export const LONGEST_LIFETIME_SECONDS = 400 * DAY_SECONDS;

/**
 * No longer life is too short to revoke: servers may hold a revocation list for a day, as long as the shipped
 * configuration has it live.
 */
export const LONGEST_UNREVOCABLE_SECONDS = DAY_SECONDS;

export const RULE_DEFAULTS = {
  approval: "auto",
  ownNameOnly: false,
  names: ["*"],
  organizations: [],
  organizationsMode: "all",
  dnsNames: [],
  ipAddresses: [],
  keyTypes: DEFAULT_KEY_TYPES,
  defaultLifetimeSeconds: DEFAULT_LIFETIME_SECONDS,
  maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
  recoverySeconds: 0,
  recoveries: 3,
  noRevAvail: false,
} as const satisfies Partial<PolicyRule>;

/** The longest lifetime that any rule allows. */
export function longestLifetimeSeconds({ rules }: Policy): number {
  return Math.max(0, ...rules.map(({ maxLifetimeSeconds }) => maxLifetimeSeconds));
}

/** By signer: for how long after its end a certificate may still be renewed, where any rule lets it. */
export function recoveryWindows({ rules }: Pick<Policy, "rules">): Readonly<Record<string, number>> {
  const windows: Record<string, number> = {};
  for (const { signerName, recoverySeconds, recoveries } of rules)
    if (recoveries > 0 && recoverySeconds > 0)
      windows[signerName] = Math.max(windows[signerName] ?? 0, recoverySeconds);
  return windows;
}

/**
 * Kubernetes' three bindings (kubeadm's tlsbootstrap phase, K4.3): every bootstrap token may ask, tokens of kubeadm's
 * default group are approved automatically, and nodes renew their own certificates.
 */
export const DEFAULT_POLICY: Policy = {
  version: "default-2",
  protectLiveNames: true,
  ...NO_IDENTITIES,
  rules: [
    { ...RULE_DEFAULTS, name: "nodeclient", group: DEFAULT_TOKEN_GROUP, signerName: KUBELET_CLIENT_SIGNER },
    {
      ...RULE_DEFAULTS,
      name: "selfnodeclient",
      group: NODES_GROUP,
      signerName: KUBELET_CLIENT_SIGNER,
      ownNameOnly: true,
      recoverySeconds: DEFAULT_RECOVERY_SECONDS,
    },
    {
      ...RULE_DEFAULTS,
      name: "node-bootstrapper",
      group: BOOTSTRAPPERS_GROUP,
      signerName: KUBELET_CLIENT_SIGNER,
      approval: "manual",
    },
  ],
};

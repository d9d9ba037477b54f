import type { ObjectServices } from "../../../../core/signing-request/create.ts";
import type { Identity } from "../../../../core/token/identity.ts";

/**
 * Reads an administrator's bearer token. Undefined when it is not good, or its owner no administrator.
 *
 * @param audience the host the request was sent to: a token for another host is no token here
 */
export type AdministratorCheck = (token: string, audience: string) => Promise<Identity | undefined>;

/** What Kubernetes' API needs besides issuing. */
export interface KubernetesOptions {
  readonly objects: ObjectServices["objects"];
  /** Absent: there are no administrators here, and approvals go through the admin API. */
  readonly administrators?: AdministratorCheck;
  /** What `cluster-info` says; absent: it is not exposed. */
  readonly clusterInfo?: ClusterInfo;
  readonly watch?: WatchOptions;
}

export interface ClusterInfo {
  /** Of the CAs that authenticate this very server, in PEM. A change makes every signature void: tokens sign it. */
  readonly caPem: string;
}

export interface WatchOptions {
  /** How long an administrator's watch is held when nothing happens. API Gateway gives up after 30 s. */
  readonly holdMilliseconds: number;
  /** How often it looks. */
  readonly pollMilliseconds: number;
  /** A watch of all tells changes that are this old: by then those that were decided earlier can be read too. */
  readonly settleMilliseconds: number;
}

export const DEFAULT_WATCH: WatchOptions = {
  holdMilliseconds: 20_000,
  pollMilliseconds: 1_000,
  settleMilliseconds: 2_000,
};

export interface KubernetesServices extends ObjectServices {
  readonly options: KubernetesOptions;
  /** For what must not spoil an answer that can be given without it. */
  readonly failed: (error: unknown) => void;
}

/** What administrators' calls need. There is no signer among it: they run in a function that cannot sign. */
export type AdministrationServices = Omit<
  KubernetesServices,
  "signer" | "nodes" | "admissions" | "renewals" | "newSerialNumber" | "newUid"
>;

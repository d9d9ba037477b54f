import type { ObjectServices } from "../../../core/create-request.ts";
import type { Identity } from "../../../core/identity.ts";
import type { BootstrapToken } from "../../../core/bootstrap-token.ts";

/** Reads an administrator's bearer token. Undefined when it is none of ours to judge, or not good. */
export type AdministratorCheck = (token: string) => Promise<Identity | undefined>;

/** What Kubernetes' API needs besides issuing. */
export interface KubernetesOptions {
  readonly objects: ObjectServices["objects"];
  /** Absent: there are no administrators here, and approvals go through the admin API. */
  readonly administrators?: AdministratorCheck;
  /** What `cluster-info` says; absent: it is not exposed. Byte-stable, for tokens sign it. */
  readonly clusterInfo?: ClusterInfo;
  readonly watch?: WatchOptions;
  /** The token a Secret asks for comes from the client; this makes none. */
  readonly newToken?: () => BootstrapToken;
}

export interface ClusterInfo {
  /** A kubeconfig in YAML, with one cluster of the empty name. */
  readonly kubeconfig: string;
}

export interface WatchOptions {
  /** How long a watch is held when nothing happens. API Gateway gives up after 30 s. */
  readonly holdMilliseconds: number;
  /** How often it looks. */
  readonly pollMilliseconds: number;
}

export const DEFAULT_WATCH: WatchOptions = { holdMilliseconds: 20_000, pollMilliseconds: 1_000 };

export interface KubernetesServices extends ObjectServices {
  readonly options: KubernetesOptions;
  /** For what must not spoil an answer that can be given without it. */
  readonly failed: (error: unknown) => void;
}

import type { ObjectServices } from "../../../../core/signing-request/create.ts";
import type { ApprovalReading } from "../../../../core/signing-request/approval.ts";
import type { Identity } from "../../../../core/token/identity.ts";

/**
 * Checks an administrator's bearer token. Undefined when it is invalid, or its owner is not an administrator.
 *
 * @param audience the host the request was sent to: a token for another host is invalid here
 */
export type AdministratorCheck = (token: string, audience: string) => Promise<Identity | undefined>;

/** What Kubernetes' API needs besides issuing. */
export interface KubernetesOptions {
  readonly objects: ObjectServices["objects"];
  /** Absent: there are no administrators here, and approvals go through the admin API. */
  readonly administrators?: AdministratorCheck;
  /** The content of `cluster-info`. Absent: it is not served. */
  readonly clusterInfo?: ClusterInfo;
  readonly watch?: WatchOptions;
}

export interface ClusterInfo {
  /**
   * The CAs that authenticate this server, in PEM. Tokens sign the document, so a change invalidates every signature.
   */
  readonly caPem: string;
}

export interface WatchOptions {
  /** How long an administrator's watch is held when nothing happens. API Gateway gives up after 30 s. */
  readonly holdMilliseconds: number;
  /** How often the store is polled. */
  readonly pollMilliseconds: number;
  /** A watch of all requests reports a change only at this age: by then all earlier changes can be read too. */
  readonly settleMilliseconds: number;
}

export const DEFAULT_WATCH: WatchOptions = {
  holdMilliseconds: 20_000,
  pollMilliseconds: 1_000,
  settleMilliseconds: 2_000,
};

export interface KubernetesServices extends ObjectServices {
  readonly options: KubernetesOptions;
  /** Reports errors that must not spoil an answer that can be given without them. */
  readonly failed: (error: unknown) => void;
}

/** What administrators' calls need. It has no signer: they run in a function that cannot sign. */
export type AdministrationServices = Omit<
  KubernetesServices,
  "signer" | "nodes" | "admissions" | "renewals" | "newSerialNumber" | "newUid"
>;

/** What decisions need besides: to know whether what is approved can be signed. */
export interface DecisionServices extends AdministrationServices {
  /** Names and who has them; read only. */
  readonly holders: ApprovalReading["nodes"];
}

import type { Certificate } from "../certificate/certificate.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";

/** What a token narrows beyond policy. */
export interface TokenConstraints {
  readonly tokenId: string;
  /** Exact names or patterns with `*`; empty means any. */
  readonly nodeNames: readonly string[];
  /** CIDR blocks the request must come from; empty means anywhere. */
  readonly sourceCidrs: readonly string[];
  /** How many intents may use it; undefined means any number. */
  readonly maxUses: number | undefined;
  /** Whether it may displace a live node of the same name. */
  readonly allowReplace: boolean;
}

/** The certificate that authenticated a request, by mutual TLS or by proof of possession. */
export interface PresentedCertificate {
  readonly serialNumber: SerialNumber;
  readonly nodeName: string;
  /** When it ended, if it has: good for recovery, and for nothing else. */
  readonly expiredAt?: Date;
  /** The certificate itself; absent where its record stands for it. */
  readonly signed?: SignedCertificate;
  /** Its CA was retired, and an operator admits what that CA signed: who opened the admission. */
  readonly admittedBy?: string;
}

/** A certificate whose signature was verified with the key of a CA of ours. */
export interface SignedCertificate {
  readonly certificate: Certificate;
  readonly serialNumber: SerialNumber;
  readonly issuerId: string;
}

/** What an identity token proved, by a rule of policy. */
export interface AttestedIdentity {
  /** The identity rule that made the identity. */
  readonly rule: string;
  /** The only name it may have, without a profile's prefix. */
  readonly name: string;
  /** Whether a live holder gives way where the name was first given to this same principal. */
  readonly mayReplaceOwn: boolean;
}

/** Who asks, in Kubernetes' terms (`spec.username`, `spec.groups`), and what else limits them. */
export interface Identity {
  readonly username: string;
  readonly groups: readonly string[];
  readonly token?: TokenConstraints;
  readonly certificate?: PresentedCertificate;
  readonly attested?: AttestedIdentity;
}

export const AUTHENTICATED_GROUP = "system:authenticated";

/** Of everybody who administers at Kubernetes' API, for rules of policy. No certificate and no token is in it. */
export const ADMINISTRATORS_GROUP = "nodeseal:administrators";

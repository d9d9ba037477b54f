/** What a CA key signs, told by its first octets. A node's certificate is on its own record, and not in the register. */
export const SIGNED_KINDS = ["certificate", "certificate-request", "revocation-list"] as const;
export type SignedKind = (typeof SIGNED_KINDS)[number];

/** Of the ids of its items, in the table of the CAs. */
export const SIGNATURES_ID_PREFIX = "signatures/";

/** A signature of the service that no issuance record tells of: revocation lists, CA certificates, OCSP responders. */
export interface RegisteredSignature {
  /** A UUID, of this attempt alone. */
  readonly attempt: string;
  readonly at: Date;
  readonly keyArn: string;
  readonly kind: SignedKind;
  /** Of what was signed: hexadecimal. */
  readonly sha256: string;
}

/** As the register gives it back. */
export interface AnsweredSignature extends RegisteredSignature {
  /** Undefined: the key service gave no answer, or the process ended before it could be noted. */
  readonly requestId: string | undefined;
}

/** Append-only. What is in it is kept as long as CloudTrail is asked about: 90 days. */
export interface SignatureRegister {
  /** Before the key is asked. */
  begin(signature: RegisteredSignature): Promise<void>;
  /** After it answered. */
  answer(signature: RegisteredSignature, requestId: string): Promise<void>;
  /** All of one day (UTC, `2026-12-01`), by time. */
  readDay(day: string): Promise<readonly AnsweredSignature[]>;
}

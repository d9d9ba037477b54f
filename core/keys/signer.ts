import type { Der } from "../asn1/der.ts";
import type { SignatureAlgorithm } from "./signature-algorithm.ts";

export interface Signature {
  readonly octets: Der;
  /** What the key service calls the request that made it. CloudTrail logs it under this id, and says nothing of the message. */
  readonly requestId: string | undefined;
}

export interface Signer {
  /**
   * Signs a message with a CA key. The signature has the form of X.509: ECDSA's in DER. It is NOT verified here.
   *
   * @throws Error when the algorithm signs whole messages and this one exceeds `LONGEST_WHOLE_MESSAGE_BYTES`
   * @throws RefusalError `signer_busy` when the key service throttles or is briefly unavailable
   */
  sign(keyArn: string, algorithm: SignatureAlgorithm, message: Der): Promise<Signature>;
}

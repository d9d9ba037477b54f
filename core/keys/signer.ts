import type { Der } from "../asn1/der.ts";
import type { SignatureAlgorithm } from "./signature-algorithm.ts";

export interface Signer {
  /**
   * Signs a message with a CA key. The signature is what X.509 wants: ECDSA's in DER; it is NOT verified here.
   *
   * @throws Error when the algorithm has no hash and the message more than `LONGEST_WHOLE_MESSAGE_BYTES`
   * @throws RefusalError `signer_busy` when the key service throttles or is unavailable for the moment
   */
  sign(keyArn: string, algorithm: SignatureAlgorithm, message: Der): Promise<Der>;
}

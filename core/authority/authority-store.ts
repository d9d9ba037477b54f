import type { Der } from "../asn1/der.ts";
import type { TrustBundle } from "./authority.ts";

export interface AuthorityStore {
  read(): Promise<TrustBundle | undefined>;
  /**
   * Records the TBSCertificate that is about to be signed for a CA, if none is recorded. Resolves to what is stored: the
   * only one its issuer may ever sign, so that a lost answer never makes a second trust anchor of one key.
   */
  reserve(authorityId: string, tbsCertificate: Der): Promise<Der>;
  /** Writes the bundle if the stored sequence is one less than the given one (1: there is none). False when it is not. */
  write(bundle: TrustBundle): Promise<boolean>;
}

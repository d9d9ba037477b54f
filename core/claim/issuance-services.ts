import type { RecoveryAdmissionStore } from "../admission/recovery-admission.ts";
import type { IdentityTokens } from "../attestation/verify-token.ts";
import type { Audit } from "../audit/audit-event.ts";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import type { Policy } from "../policy/policy.ts";
import type { Signer } from "../keys/signer.ts";
import type { IssuanceLedger } from "../ledger/issuance-ledger.ts";
import type { NodeStore } from "../ledger/node-store.ts";
import type { TokenStore } from "../token/token-store.ts";
import type { RenewalCalendar } from "../renewal/calendar.ts";
import type { RevocationListUrl } from "../authority/revocation-list-plan.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";

/** All that issuing needs of the outside. */
export interface IssuanceServices {
  readonly tokens: TokenStore;
  readonly nodes: NodeStore;
  readonly ledger: IssuanceLedger;
  /** Read only when a certificate is presented that is not on record. */
  readonly admissions: Pick<RecoveryAdmissionStore, "read">;
  readonly issuers: () => Promise<IssuerDirectory>;
  readonly signer: Signer;
  /** This instance's own. */
  readonly renewals: RenewalCalendar;
  readonly policy: Policy;
  readonly clock: () => Date;
  readonly newSerialNumber: () => SerialNumber;
  /** Undefined: certificates do not say where their revocation would be listed. */
  readonly revocationListUrl?: RevocationListUrl | undefined;
  /** Where certificates say that OCSP is answered. Undefined: they do not say. */
  readonly ocspUrl?: string | undefined;
  readonly newUid: () => string;
  readonly audit: Audit;
  /** Undefined: policy believes no issuer of identity tokens. */
  readonly identityTokens?: IdentityTokens | undefined;
}

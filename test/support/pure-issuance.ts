import { NO_IDENTITIES } from "../../core/attestation/identity-provider.ts";
import type { CertificateGrant } from "../../core/policy/certificate-grant.ts";
import type { CertificateRequest } from "../../core/csr/certificate-request.ts";
import { decide, type Decision, type SigningParameters } from "../../core/policy/decision.ts";
import type { Der } from "../../core/asn1/der.ts";
import type { Identity } from "../../core/token/identity.ts";
import type { PolicyRule } from "../../core/policy/policy.ts";
import { randomSerialNumber, type SerialNumber } from "../../core/certificate/serial-number.ts";
import { buildEndEntityTbs, type IssuerFields } from "../../core/certificate/tbs-certificate.ts";
import { lifetimeSecondsOf, validityOf, type Validity } from "../../core/certificate/validity.ts";
import { NOW } from "./authorities.ts";
import { nodeIdentity } from "./identities.ts";

/** What decides a TBSCertificate: nothing else of a request may. */
export interface PureIssuance {
  readonly issuer: IssuerFields & Validity;
  readonly csr: CertificateRequest;
  readonly rule: PolicyRule;
  readonly identity?: Identity;
  readonly usages?: readonly string[];
  readonly serialNumber?: SerialNumber;
  readonly now?: Date;
}

export function decideByRule({ csr, rule, identity, usages }: Omit<PureIssuance, "issuer">): Decision {
  const parameters: SigningParameters = {
    signerName: rule.signerName,
    usages,
    lifetimeSeconds: undefined,
    sourceIp: "10.0.0.1",
  };
  const policy = { version: "test", protectLiveNames: true, ...NO_IDENTITIES, rules: [rule] };
  return decide(identity ?? nodeIdentity("n1.example"), csr, parameters, policy);
}

/** The pure part of an issuance, from decision to TBSCertificate. @throws Error when the rule denies it */
export function issuedTbs(issuance: PureIssuance): Der {
  const decision = decideByRule(issuance);
  if (decision.outcome === "deny") throw new Error(`denied: ${decision.field}: ${decision.reason}`);
  return grantedTbs(issuance, decision.grant);
}

export function grantedTbs({ issuer, csr, serialNumber, now = NOW }: PureIssuance, grant: CertificateGrant): Der {
  return buildEndEntityTbs(issuer, {
    ...grant,
    serialNumber: serialNumber ?? randomSerialNumber(),
    validity: validityOf(now, lifetimeSecondsOf(undefined, grant.rule), issuer),
    spki: csr.spki,
  });
}

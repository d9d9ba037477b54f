import type { X509Certificate } from "node:crypto";
import { caCertHashOf } from "../../../agent/certificate/trust-bundle.ts";
import type { TestAuthority } from "./test-authority.ts";
import type { TestService } from "./test-service.ts";

/** A CA as the trust bundle lists it. */
export function bundleMember({ certificate, pem }: TestAuthority, index: number): object {
  return {
    id: `authority-${index}`,
    state: "active",
    certificate: pem,
    spkiSha256: caCertHashOf(certificate),
    notAfter: certificate.validTo,
  };
}

/** The answer to a request whose certificate is there. */
export function issuedBody(
  name: string,
  certificate: X509Certificate,
  { issuing, renewAfterShare, sequence }: TestService,
): object {
  const { validFromDate: notBefore, validToDate: notAfter } = certificate;
  const at = (share: number): Date =>
    new Date(notBefore.getTime() + (notAfter.getTime() - notBefore.getTime()) * share);
  return {
    name,
    state: "Issued",
    certificate: certificate.toString() + issuing.pem,
    serialNumber: certificate.serialNumber.toLowerCase(),
    notBefore,
    notAfter,
    ...(renewAfterShare === undefined ? {} : { renewAfter: at(renewAfterShare), renewBefore: at(0.9) }),
    trustBundleSequence: sequence,
  };
}

/** Whether the service thinks that it should be renewed. */
export function isDue(
  { validFromDate, validToDate }: X509Certificate,
  renewAfterShare: number | undefined,
  now: Date,
): boolean {
  const lifetime = validToDate.getTime() - validFromDate.getTime();
  return now.getTime() >= validFromDate.getTime() + lifetime * (renewAfterShare ?? 0.8);
}

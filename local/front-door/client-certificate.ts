import { X509Certificate } from "node:crypto";
import type { APIGatewayEventRequestContextV2 } from "aws-lambda";
import { encodePem, parsePemBlocks } from "../../core/asn1/pem.ts";

/** `requestContext.authentication.clientCert`. */
export type EventClientCertificate = NonNullable<APIGatewayEventRequestContextV2["authentication"]>["clientCert"];

/** The CA certificates of a trust bundle in PEM. */
export function trustAnchorsOf(trustBundlePem: string): readonly X509Certificate[] {
  return parsePemBlocks(trustBundlePem, "CERTIFICATE").map((der) => new X509Certificate(der));
}

/** API Gateway follows a chain of at most four certificates. */
const LONGEST_CHAIN = 4;

/**
 * Whether API Gateway would accept the certificate: it and its issuers are valid now, and each is signed by the next,
 * up to a root of the trust bundle. As there, the function must check revocation, key usages and path lengths.
 */
export function isTrustedClientCertificate(
  certificate: X509Certificate,
  trustAnchors: readonly X509Certificate[],
  now: Date,
): boolean {
  return leadsToRoot(certificate, trustAnchors, now, 1);
}

function leadsToRoot(
  certificate: X509Certificate,
  trustAnchors: readonly X509Certificate[],
  now: Date,
  length: number,
): boolean {
  if (length > LONGEST_CHAIN || now < certificate.validFromDate || now > certificate.validToDate) return false;
  return trustAnchors.some((issuer) => {
    if (!issuer.ca || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return false;
    const isRoot = issuer.fingerprint256 === certificate.fingerprint256;
    return isRoot || leadsToRoot(issuer, trustAnchors, now, length + 1);
  });
}

export function eventClientCertificate(certificate: X509Certificate): EventClientCertificate {
  return {
    clientCertPem: encodePem("CERTIFICATE", certificate.raw),
    subjectDN: distinguishedName(certificate.subject),
    issuerDN: distinguishedName(certificate.issuer),
    serialNumber: (certificate.serialNumber.toLowerCase().match(/../g) ?? []).join(":"),
    validity: { notBefore: certificate.validFrom, notAfter: certificate.validTo },
  };
}

/** RFC 2253: last attribute first. Node.js prints one attribute per line, with the value already escaped. */
function distinguishedName(lines: string): string {
  return lines.split("\n").toReversed().join(",");
}

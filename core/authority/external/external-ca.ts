import { isSelfIssued } from "../authority.ts";
import { parseAuthorityPublicKey } from "../../keys/authority-public-key.ts";
import { readCaExtensions } from "../../certificate/ca-extensions.ts";
import { parseCertificate, publicKeyOf, type Certificate } from "../../certificate/certificate.ts";
import type { Der } from "../../asn1/der.ts";
import { describeName } from "../../asn1/distinguished-name.ts";
import { keyFamilyOf } from "../../keys/key-type.ts";
import { OID } from "../../asn1/object-identifier.ts";
import { parsePemBlocks } from "../../asn1/pem.ts";
import { ACCEPTED_NAMES_OF_CAS, acceptedAlgorithmOfCa, isValidSignature } from "../../keys/signature-algorithm.ts";

/*
 * Certificates of CAs that are not ours: what can be said of them without key, clock and store. Each fault names the
 * certificate and says what it must be.
 */

/** Roots, and the CAs between them and issuing CAs, as the deployment pins them; roots first. */
export type TrustAnchors = readonly [Certificate, ...Certificate[]];

/** What a deployment says of the external CA. */
export interface ExternalCa {
  readonly anchors: TrustAnchors;
  /** By the generation's id. Which is not there has not been made yet, or is over. */
  readonly issuing: IssuingCertificates;
}

export type IssuingCertificates = ReadonlyMap<string, Certificate>;

/** @param issuingPems by the generation's id @throws Error when a certificate cannot be used */
export function parseExternalCa(rootsPem: string, issuingPems: ReadonlyMap<string, string>): ExternalCa {
  const anchors = parseTrustAnchors(rootsPem);
  const issuing = new Map<string, Certificate>();
  for (const [id, pem] of issuingPems) {
    try {
      issuing.set(id, parseIssuingCertificate(pem, anchors, issuing));
    } catch (cause) {
      throw new Error(`the certificate of ${id} ${reasonOf(cause)}`, { cause });
    }
  }
  return { anchors, issuing };
}

/** A file of one root. @throws Error as `parseTrustAnchors`, and when there is more than one root */
export function parseRoot(pem: string): TrustAnchors {
  const anchors = parseTrustAnchors(pem);
  const roots = anchors.filter(isSelfIssued);
  if (roots.length > 1)
    throw new Error(`holds ${roots.length} roots, and must hold one: ${roots.map(nameOf).join("; ")}`);
  return anchors;
}

/** @throws Error when the text holds a private key, or certificates that cannot be read or do not belong together */
export function parseTrustAnchors(pem: string): TrustAnchors {
  const certificates = parseCertificates(pem);
  const [root, ...others] = [...certificates.filter(isSelfIssued), ...certificates.filter((one) => !isSelfIssued(one))];
  if (root === undefined || !isSelfIssued(root))
    throw new Error("holds no root: one of its certificates must be signed by its own key");
  const anchors: TrustAnchors = [root, ...others];
  for (const [index, one] of anchors.entries()) {
    if (anchors.findIndex((other) => isSame(other.subjectName, one.subjectName)) !== index)
      throw new Error(`holds two certificates of ${nameOf(one)}`);
    const fault = faultOfCa(one) ?? faultOfPath(one, anchors);
    if (fault !== undefined) throw new Error(`holds ${fault}`);
  }
  return anchors;
}

/**
 * @param others of other generations
 * @throws Error when it is not one certificate that a root leads to, and that an issuing CA can sign with
 */
export function parseIssuingCertificate(
  pem: string,
  anchors: TrustAnchors,
  others: IssuingCertificates = new Map(),
): Certificate {
  const [certificate, ...more] = parseCertificates(pem);
  if (certificate === undefined || more.length > 0)
    throw new Error(`must hold one certificate, the issuing CA's, and holds ${more.length + 1}`);
  const fault =
    faultOfCa(certificate) ??
    faultOfIssuing(certificate) ??
    faultOfPath(certificate, anchors) ??
    faultAmong(certificate, anchors, others);
  if (fault !== undefined) throw new Error(`holds ${fault}`);
  return certificate;
}

function parseCertificates(pem: string): Certificate[] {
  // It goes into the template, for everybody to read who may read that.
  if (pem.includes("PRIVATE KEY-----")) throw new Error("holds a private key, and must hold certificates only");
  const blocks = parsePemBlocks(pem, "CERTIFICATE");
  if (blocks.length === 0) throw new Error("holds no certificate in PEM");
  const distinct = new Map<string, Der>(blocks.map((der) => [Buffer.from(der).toString("base64"), der]));
  return [...distinct.values()].map((der) => {
    try {
      return parseCertificate(der);
    } catch (cause) {
      throw new Error(`holds a certificate that cannot be read: ${reasonOf(cause)}`, { cause });
    }
  });
}

/** RFC 5280 sections 4.2.1.3, 4.2.1.9 and 4.2.1.10. */
function faultOfCa(certificate: Certificate): string | undefined {
  const name = nameOf(certificate);
  const { hasCriticalConstraints, keyUsages, hasNameConstraints, unknownCritical } = readCaExtensions(certificate);
  if (!certificate.isCa) return `${name}, which is no CA's certificate (basicConstraints must say CA:TRUE)`;
  if (!hasCriticalConstraints) return `${name}, whose basicConstraints are not critical`;
  if (!keyUsages.includes("keyCertSign")) return `${name}, whose key usage must have keyCertSign`;
  if (hasNameConstraints)
    return `${name}, which has name constraints: whether a node's certificate keeps to them would be found out by who verifies it`;
  if (unknownCritical.length > 0)
    return `${name}, whose critical extension ${unknownCritical.join(", ")} is not understood`;
  try {
    parseAuthorityPublicKey(certificate.spki);
    return undefined;
  } catch (error) {
    return `${name}, whose key cannot be used: ${reasonOf(error)}`;
  }
}

function faultOfIssuing(certificate: Certificate): string | undefined {
  const name = nameOf(certificate);
  if (isSelfIssued(certificate)) return `${name}, which is its own issuer: the external CA must sign the request`;
  if (certificate.subject.length === 0) return "a certificate without a subject";
  if (certificate.subjectKeyId === undefined) return `${name}, which has no subject key identifier`;
  if (readCaExtensions(certificate).pathLength !== 0)
    return `${name}, whose path length must be 0 (basicConstraints pathlen:0): no CA follows an issuing CA`;
  // It cannot be added later, and revocation lists are signed with it.
  if (!readCaExtensions(certificate).keyUsages.includes("cRLSign")) return `${name}, whose key usage must have cRLSign`;
  const { extendedKeyUsages: usages } = certificate;
  const isWide = [OID.clientAuth, OID.serverAuth].every((usage) => usages.includes(usage));
  if (usages.length > 0 && !isWide)
    return `${name}, whose extended key usage would forbid nodes' certificates: it must have none, or both clientAuth and serverAuth`;
  return undefined;
}

/** Each generation has a key and a subject of its own: who verifies finds a CA by its subject. */
function faultAmong(certificate: Certificate, anchors: TrustAnchors, others: IssuingCertificates): string | undefined {
  const isOfSubject = ({ subjectName }: Certificate): boolean => isSame(subjectName, certificate.subjectName);
  for (const [id, other] of others) {
    if (isSame(other.spki, certificate.spki))
      return `${nameOf(certificate)}, which is for the key of ${id}: let the request of this generation be signed`;
    if (isOfSubject(other)) return `${nameOf(certificate)}, which is the subject of ${id} too: each has its own`;
  }
  return anchors.some(isOfSubject)
    ? `${nameOf(certificate)}, which is the subject of a CA above it too: each has its own`
    : undefined;
}

/**
 * From the certificate to the root: signatures, identifiers, path lengths, and each validity within its issuer's.
 *
 * @returns the fault, to be read after "holds"
 */
export function faultOfPath(certificate: Certificate, anchors: readonly Certificate[]): string | undefined {
  let current = certificate;
  // The certificate itself counts: leaves follow it.
  for (let casBelow = 1; casBelow <= anchors.length + 1; casBelow++) {
    const issuer = anchors.find((one) => Buffer.compare(one.subjectName, current.issuerName) === 0);
    if (issuer === undefined) return `${nameOf(current)}, whose issuer is not among ${anchors.map(nameOf).join("; ")}`;
    const fault = faultOfSignature(current, issuer);
    if (fault !== undefined) return fault;
    if (current === issuer) return undefined;
    const { pathLength } = readCaExtensions(issuer);
    if (pathLength !== undefined && pathLength < casBelow)
      return `${nameOf(current)} below ${nameOf(issuer)}, whose path length is ${pathLength}: too many CAs follow it`;
    if (current.notBefore < issuer.notBefore || current.notAfter > issuer.notAfter)
      return `${nameOf(current)}, valid from ${current.notBefore.toISOString()} to ${current.notAfter.toISOString()}, which is not within its issuer's ${issuer.notBefore.toISOString()} to ${issuer.notAfter.toISOString()}`;
    current = issuer;
  }
  return `${nameOf(certificate)}, which leads to no root: its issuers form a circle`;
}

function faultOfSignature(certificate: Certificate, issuer: Certificate): string | undefined {
  const algorithm = acceptedAlgorithmOfCa(certificate.signatureAlgorithm);
  if (algorithm === undefined)
    return `${nameOf(certificate)}, whose signature algorithm is not one of ${ACCEPTED_NAMES_OF_CAS.join(", ")}`;
  const { keyType } = parseAuthorityPublicKey(issuer.spki);
  const isOfItsKind = algorithm.keyFamily === keyFamilyOf(keyType);
  const { tbsCertificate, signature, authorityKeyId } = certificate;
  if (!isOfItsKind || !isValidSignature(algorithm, tbsCertificate, publicKeyOf(issuer), signature))
    return `${nameOf(certificate)}, which the key of ${nameOf(issuer)} has not signed`;
  if (authorityKeyId && issuer.subjectKeyId && Buffer.compare(authorityKeyId, issuer.subjectKeyId) !== 0)
    return `${nameOf(certificate)}, whose authority key identifier is not that of ${nameOf(issuer)}`;
  return undefined;
}

export function nameOf({ subject }: Pick<Certificate, "subject">): string {
  return JSON.stringify(describeName(subject));
}

function isSame(one: Der, other: Der): boolean {
  return Buffer.compare(one, other) === 0;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import { encodeDistinguishedName, type DistinguishedName } from "../asn1/distinguished-name.ts";
import type { Der } from "../asn1/der.ts";
import { bitString, contextConstructed, sequence, time, unsignedInteger } from "../asn1/der-writer.ts";
import {
  authorityInfoAccess,
  authorityKeyIdentifier,
  crlDistributionPoints,
  END_ENTITY_CONSTRAINTS,
  extendedKeyUsage,
  keyIdentifierOf,
  keyUsage,
  NO_REV_AVAIL,
  subjectAltName,
  subjectKeyIdentifier,
} from "./extension.ts";
import { certificateUsages } from "./key-usage.ts";
import type { SignatureAlgorithm } from "../keys/signature-algorithm.ts";
import { serialNumberOctets, type SerialNumber } from "./serial-number.ts";
import { isRsaKey } from "../keys/subject-public-key.ts";
import type { Validity } from "./validity.ts";

/** What the issuer puts into every certificate it signs. */
export interface IssuerFields {
  /** The CA certificate's subject with its bytes unchanged: never encoded again from text. */
  readonly subjectName: Der;
  readonly subjectKeyId: Der;
  readonly signatureAlgorithm: SignatureAlgorithm;
}

export interface TbsFields {
  readonly serialNumber: SerialNumber;
  readonly validity: Validity;
  /** Encoded Name. */
  readonly subjectName: Der;
  readonly spki: Der;
  /** Encoded extensions, in order. */
  readonly extensions: readonly Der[];
}

const VERSION_3 = contextConstructed(0, unsignedInteger(Uint8Array.of(2)));

/** TBSCertificate (RFC 5280 section 4.1). */
export function buildTbsCertificate(
  issuer: IssuerFields,
  { serialNumber, validity, subjectName, spki, extensions }: TbsFields,
): Der {
  return sequence(
    VERSION_3,
    unsignedInteger(serialNumberOctets(serialNumber)),
    issuer.signatureAlgorithm.algorithmIdentifier,
    issuer.subjectName,
    sequence(time(validity.notBefore), time(validity.notAfter)),
    subjectName,
    spki,
    contextConstructed(3, sequence(...extensions)),
  );
}

export interface EndEntity {
  readonly serialNumber: SerialNumber;
  readonly validity: Validity;
  readonly subject: DistinguishedName;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Kubernetes' usages. */
  readonly usages: readonly string[];
  readonly spki: Der;
  /** The URL of the revocation list that covers it. Most verifiers of Kubernetes' certificates do not read it. */
  readonly revocationListUrl?: string | undefined;
  /** Where to ask about it by OCSP. */
  readonly ocspUrl?: string | undefined;
  /** It says that nobody is told of its revocation: then it may name neither of the two (RFC 9608 section 3). */
  readonly noRevAvail?: boolean;
}

/** An end-entity certificate. The extensions are in Kubernetes' order (K6), plus a subject key identifier. */
export function buildEndEntityTbs(issuer: IssuerFields, endEntity: EndEntity): Der {
  const { serialNumber, validity, subject, dnsNames, ipAddresses, usages, spki } = endEntity;
  const { keyUsages, extendedKeyUsages } = certificateUsages(usages, isRsaKey(spki));
  const hasSubjectAltName = dnsNames.length + ipAddresses.length > 0;
  return buildTbsCertificate(issuer, {
    serialNumber,
    validity,
    subjectName: encodeDistinguishedName(subject),
    spki,
    extensions: [
      ...(keyUsages.length === 0 ? [] : [keyUsage(keyUsages)]),
      ...(extendedKeyUsages.length === 0 ? [] : [extendedKeyUsage(extendedKeyUsages)]),
      END_ENTITY_CONSTRAINTS,
      subjectKeyIdentifier(keyIdentifierOf(spki)),
      authorityKeyIdentifier(issuer.subjectKeyId),
      ...(hasSubjectAltName ? [subjectAltName(dnsNames, ipAddresses, subject.length === 0)] : []),
      ...revocationExtensions(endEntity),
    ],
  });
}

function revocationExtensions({ revocationListUrl, ocspUrl, noRevAvail = false }: EndEntity): Der[] {
  if (noRevAvail && (revocationListUrl ?? ocspUrl) !== undefined)
    throw new Error("a certificate cannot say both where its revocation is told and that it is not told");
  return [
    ...(revocationListUrl === undefined ? [] : [crlDistributionPoints(revocationListUrl)]),
    ...(ocspUrl === undefined ? [] : [authorityInfoAccess(ocspUrl)]),
    ...(noRevAvail ? [NO_REV_AVAIL] : []),
  ];
}

/** Joins the three parts of a Certificate. Checks nothing: see `issuer.ts`. */
export function assembleCertificate(
  tbsCertificate: Der,
  { algorithmIdentifier }: SignatureAlgorithm,
  signature: Der,
): Der {
  return sequence(tbsCertificate, algorithmIdentifier, bitString(signature));
}

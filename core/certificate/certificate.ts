import { createPublicKey, type KeyObject } from "node:crypto";
import {
  childrenOf,
  contentOf,
  DerError,
  parseDer,
  TAG,
  wholeOctetsOf,
  type Der,
  type DerElement,
} from "../asn1/der.ts";
import { time } from "../asn1/der-writer.ts";
import { readDistinguishedName, type DistinguishedName } from "../asn1/distinguished-name.ts";
import { dottedObjectIdentifier, OID } from "../asn1/object-identifier.ts";
import type { Validity } from "./validity.ts";

/** The parts of a certificate that this service reads: of its own certificates, and of those that clients present. */
export interface Certificate extends Validity {
  readonly der: Der;
  readonly tbsCertificate: Der;
  readonly signatureAlgorithm: Der;
  readonly signature: Der;
  /** Hexadecimal, in the form of `serial-number.ts`. */
  readonly serialNumber: string;
  /** The whole Name, with its bytes unchanged. */
  readonly issuerName: Der;
  readonly subjectName: Der;
  readonly subject: DistinguishedName;
  readonly spki: Der;
  readonly isCa: boolean;
  readonly subjectKeyId: Der | undefined;
  readonly authorityKeyId: Der | undefined;
  /** Dotted object identifiers. */
  readonly extendedKeyUsages: readonly string[];
}

/** Reads an X.509 v3 certificate (RFC 5280 section 4.1). Does not check its signature. @throws DerError */
export function parseCertificate(der: Der): Certificate {
  const [tbs, algorithm, signature] = childrenOf(parseDer(der), "the certificate", TAG.sequence, 3, 3);
  const [version, serial, innerAlgorithm, issuer, validity, subject, spki, extensions] = childrenOf(
    tbs,
    "the TBSCertificate",
    TAG.sequence,
    8,
    8,
  );
  if (!tbs || !algorithm || !issuer || !subject || !spki) throw new DerError("the certificate is incomplete");
  const [versionNumber] = childrenOf(version, "the version", 0xa0, 1, 1);
  if (Buffer.compare(contentOf(versionNumber, "the version", TAG.integer), VERSION_3) !== 0)
    throw new DerError("the certificate is not version 3");
  if (Buffer.compare(innerAlgorithm?.encoded ?? der, algorithm.encoded) !== 0)
    throw new DerError("the two signature algorithms differ");
  const [notBefore, notAfter] = childrenOf(validity, "the validity", TAG.sequence, 2, 2);
  return {
    der,
    tbsCertificate: tbs.encoded,
    signatureAlgorithm: algorithm.encoded,
    signature: wholeOctetsOf(signature, "the signature"),
    serialNumber: readSerialNumber(serial),
    issuerName: issuer.encoded,
    subjectName: subject.encoded,
    subject: readDistinguishedName(subject),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    spki: spki.encoded,
    ...readExtensions(extensions),
  };
}

/** Subject and key of a certificate that is to be signed, or was. @throws DerError */
export function holderOf(tbsCertificate: Der): { readonly subject: DistinguishedName; readonly spki: Der } {
  const elements = childrenOf(parseDer(tbsCertificate), "the TBSCertificate", TAG.sequence, 8, 8);
  const [subject, spki] = elements.slice(5, 7);
  if (!subject || !spki) throw new DerError("the certificate is incomplete");
  return { subject: readDistinguishedName(subject), spki: spki.encoded };
}

export function publicKeyOf({ spki }: Pick<Certificate, "spki">): KeyObject {
  return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
}

const VERSION_3 = Buffer.from([2]);

function readSerialNumber(element: DerElement | undefined): string {
  const octets = contentOf(element, "the serial number", TAG.integer);
  // -1 and 255 differ only in the sign octet. Without this check they would print alike.
  if ((octets[0] ?? 0) >= 0x80) throw new DerError("the serial number is negative");
  return Buffer.from(octets)
    .toString("hex")
    .replace(/^00(?=.)/, "");
}

function readTime(element: DerElement | undefined): Date {
  const text = Buffer.from(element?.content ?? []).toString("latin1");
  const digits =
    element?.tag === TAG.utcTime && /^\d{12}Z$/.test(text)
      ? (Number(text.slice(0, 2)) < 50 ? "20" : "19") + text
      : text;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) ?? [];
  const at = new Date(`${year ?? ""}-${month ?? ""}-${day ?? ""}T${hour ?? ""}:${minute ?? ""}:${second ?? ""}Z`);
  // Encoding it must give the same bytes. This refuses 30 February, another type, and GeneralizedTime before 2050.
  if (Number.isNaN(at.getTime()) || !element || Buffer.compare(time(at), element.encoded) !== 0)
    throw new DerError("a time of the validity is malformed");
  return at;
}

function readExtensions(
  explicit: DerElement | undefined,
): Pick<Certificate, "isCa" | "subjectKeyId" | "authorityKeyId" | "extendedKeyUsages"> {
  const [list] = childrenOf(explicit, "the extensions", 0xa3, 1, 1);
  const values = new Map<string, DerElement>();
  for (const extension of childrenOf(list, "the extensions", TAG.sequence)) {
    const [type, ...rest] = childrenOf(extension, "an extension", TAG.sequence, 2, 3);
    const dotted = dottedObjectIdentifier(contentOf(type, "an extension's type", TAG.objectIdentifier));
    if (values.has(dotted)) throw new DerError(`the extension ${dotted} is there twice`);
    // DEFAULT FALSE must be left out in DER (X.690 section 11.5).
    if (rest.length === 2 && contentOf(rest[0], "an extension's critical flag", TAG.boolean)[0] !== 0xff)
      throw new DerError("an extension spells out the default of its critical flag");
    values.set(dotted, parseDer(contentOf(rest.at(-1), "an extension's value", TAG.octetString)));
  }
  const subjectKeyId = values.get(OID.subjectKeyIdentifier);
  return {
    isCa: readIsCa(values.get(OID.basicConstraints)),
    subjectKeyId: subjectKeyId && contentOf(subjectKeyId, "the subject key identifier", TAG.octetString),
    authorityKeyId: values.get(OID.authorityKeyIdentifier)?.children.find(({ tag }) => tag === 0x80)?.content,
    extendedKeyUsages: readExtendedKeyUsages(values.get(OID.extendedKeyUsage)),
  };
}

function readIsCa(constraints: DerElement | undefined): boolean {
  if (constraints === undefined) return false;
  const [first] = childrenOf(constraints, "the basic constraints", TAG.sequence, 0, 2);
  return first?.tag === TAG.boolean && first.content[0] === 0xff;
}

function readExtendedKeyUsages(usages: DerElement | undefined): string[] {
  if (usages === undefined) return [];
  return childrenOf(usages, "the extended key usage", TAG.sequence, 1).map((usage) =>
    dottedObjectIdentifier(contentOf(usage, "an extended key usage", TAG.objectIdentifier)),
  );
}

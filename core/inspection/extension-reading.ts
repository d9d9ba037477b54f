import { KEY_USAGE_BITS } from "../certificate/key-usage.ts";
import { OID } from "../asn1/object-identifier.ts";
import type { Reading, Readings } from "./difference.ts";
import { hex } from "./field-reading.ts";
import {
  AsnConvert,
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  CRLNumber,
  ExtendedKeyUsageExtension,
  type Extension,
  IssuingDistributionPoint,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  type DistributionPointName,
} from "./x509.ts";

const NAMES: ReadonlyMap<string, string> = new Map([
  [OID.keyUsage, "keyUsage"],
  [OID.basicConstraints, "basicConstraints"],
  [OID.subjectKeyIdentifier, "subjectKeyIdentifier"],
  [OID.authorityKeyIdentifier, "authorityKeyIdentifier"],
  [OID.extendedKeyUsage, "extendedKeyUsage"],
  [OID.nameConstraints, "nameConstraints"],
  [OID.crlDistributionPoints, "cRLDistributionPoints"],
  [OID.crlNumber, "cRLNumber"],
  [OID.issuingDistributionPoint, "issuingDistributionPoint"],
]);

/** As RFC 5280 names it. */
export function extensionName(type: string): string {
  return NAMES.get(type) ?? `extension ${type}`;
}

/** By the extensions' names. Whatever is there twice is read as such. */
export function extensionReadings(extensions: readonly Extension[]): Readings {
  const readings = new Map<string, Reading>();
  for (const extension of extensions) {
    const field = extensionName(extension.type);
    const before = readings.get(field);
    const { text, encoding } = extensionReading(extension);
    readings.set(field, before === undefined ? { text, encoding } : { text: `${before.text}; and again ${text}` });
  }
  return readings;
}

function extensionReading(extension: Extension): Reading {
  const text = `${extension.critical ? "critical, " : ""}${valueText(extension)}`;
  return { text, encoding: hex(extension.rawData) };
}

function valueText(extension: Extension): string {
  if (extension instanceof KeyUsagesExtension) return keyUsageText(extension.usages);
  if (extension instanceof BasicConstraintsExtension) return constraintsText(extension.ca, extension.pathLength);
  if (extension instanceof SubjectKeyIdentifierExtension) return extension.keyId;
  if (extension instanceof AuthorityKeyIdentifierExtension) return extension.keyId ?? "no key identifier";
  if (extension instanceof ExtendedKeyUsageExtension) return extension.usages.map(String).join(", ");
  if (extension instanceof CRLDistributionPointsExtension)
    return extension.distributionPoints.map((point) => urlsOf(point.distributionPoint)).join("; ");
  if (extension.type === OID.crlNumber) return String(AsnConvert.parse(extension.value, CRLNumber).value);
  if (extension.type === OID.issuingDistributionPoint)
    return urlsOf(AsnConvert.parse(extension.value, IssuingDistributionPoint).distributionPoint);
  return hex(extension.value);
}

export function keyUsageText(bits: number): string {
  return KEY_USAGE_BITS.filter((_, index) => (bits & (1 << index)) !== 0).join(", ");
}

export function constraintsText(isCa: boolean, pathLength: number | undefined): string {
  return `CA:${isCa ? "TRUE" : "FALSE"}${pathLength === undefined ? "" : `, pathlen:${pathLength}`}`;
}

function urlsOf(name: DistributionPointName | undefined): string {
  return (name?.fullName ?? []).map((one) => one.uniformResourceIdentifier ?? "another kind of name").join(", ");
}

import { createHash } from "node:crypto";
import type { Reading, Readings } from "./difference.ts";
import { extensionReadings } from "./extension-reading.ts";
import { algorithmReading, encodingReading, hex, integerReading, nameReading, timeReading } from "./field-reading.ts";
import { AsnConvert, Certificate, type X509Certificate } from "./x509.ts";

/** Every field of a certificate as @peculiar/x509 reads it, but for the signature's value. */
export function certificateReadings(certificate: X509Certificate): Readings {
  const asn = AsnConvert.parse(certificate.rawData, Certificate);
  const { tbsCertificate: tbs } = asn;
  const readings = new Map<string, Reading>([
    ["encoding", encodingReading(new Uint8Array(certificate.rawData), AsnConvert.serialize(asn))],
    ["version", versionReading(tbs.version + 1)],
    ["serialNumber", integerReading(tbs.serialNumber)],
    ["signature", algorithmReading(tbs.signature)],
    ["signatureAlgorithm", algorithmReading(asn.signatureAlgorithm)],
    ["issuer", nameReading(tbs.issuer)],
    ["notBefore", timeReading(tbs.validity.notBefore)],
    ["notAfter", timeReading(tbs.validity.notAfter)],
    ["subject", nameReading(tbs.subject)],
    ["subjectPublicKeyInfo", keyReading(new Uint8Array(AsnConvert.serialize(tbs.subjectPublicKeyInfo)))],
    ...extensionReadings(certificate.extensions),
  ]);
  if (tbs.issuerUniqueID !== undefined) readings.set("issuerUniqueID", { text: hex(tbs.issuerUniqueID) });
  if (tbs.subjectUniqueID !== undefined) readings.set("subjectUniqueID", { text: hex(tbs.subjectUniqueID) });
  return readings;
}

export function versionReading(version: number): Reading {
  return { text: String(version) };
}

/** Keys are long: their digest says as much. */
export function keyReading(spki: Uint8Array): Reading {
  return { text: `sha256:${createHash("sha256").update(spki).digest("hex")}` };
}

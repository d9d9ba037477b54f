import { readCaExtensions } from "../certificate/ca-extensions.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { describeName } from "../asn1/distinguished-name.ts";
import { KEY_USAGE_BITS } from "../certificate/key-usage.ts";
import { certificateReadings, keyReading, versionReading } from "./certificate-reading.ts";
import { differencesBetween, type Difference, type Reading } from "./difference.ts";
import { constraintsText } from "./extension-reading.ts";
import { algorithmReading, DER, hex, nameReading, plannedInteger, plannedTime } from "./field-reading.ts";
import { AlgorithmIdentifier, AsnConvert, Name, type X509Certificate } from "./x509.ts";

/**
 * For a CA certificate whose plan is not ours: an external CA decided what is in it. All that this service believes of it
 * must be what @peculiar/x509 reads as well, and nothing may be critical that it does not understand.
 */
export function differencesOfOpinion(theirs: X509Certificate, ours: Certificate): Difference[] {
  const read = new Map<string, Reading>();
  for (const [field, { text, encoding }] of certificateReadings(theirs)) {
    if (!isCompared(field, text)) continue;
    // Whether these are critical, external CAs decide; what they say is the same.
    const isFree = ["keyUsage", "extendedKeyUsage"].includes(field);
    read.set(field, { text: isFree ? text.replace(/^critical, /, "") : text, encoding });
  }
  return differencesBetween(believed(ours), read);
}

const BELIEVED = ["keyUsage", "basicConstraints", "subjectKeyIdentifier", "authorityKeyIdentifier", "extendedKeyUsage"];

/** Other extensions that are not critical may be there: where to find the issuer, policies. Name constraints may not. */
function isCompared(field: string, text: string): boolean {
  if (field === "authorityKeyIdentifier") return text !== "no key identifier";
  const isExtension = field.startsWith("extension ") || field === "cRLDistributionPoints";
  return BELIEVED.includes(field) || !isExtension || text.startsWith("critical, ");
}

function believed(ours: Certificate): ReadonlyMap<string, Reading> {
  const { pathLength, keyUsages } = readCaExtensions(ours);
  const algorithm = algorithmReading(AsnConvert.parse(ours.signatureAlgorithm, AlgorithmIdentifier));
  const readings = new Map<string, Reading>([
    ["encoding", DER],
    ["version", versionReading(3)],
    ["serialNumber", plannedInteger(Buffer.from(ours.serialNumber, "hex"))],
    ["signature", algorithm],
    ["signatureAlgorithm", algorithm],
    ["issuer", nameReading(AsnConvert.parse(ours.issuerName, Name))],
    ["notBefore", plannedTime(ours.notBefore)],
    ["notAfter", plannedTime(ours.notAfter)],
    ["subject", { text: describeName(ours.subject), encoding: hex(ours.subjectName) }],
    ["subjectPublicKeyInfo", keyReading(ours.spki)],
    ["basicConstraints", { text: `critical, ${constraintsText(ours.isCa, pathLength)}` }],
  ]);
  const usages = KEY_USAGE_BITS.filter((usage) => keyUsages.includes(usage));
  if (usages.length > 0) readings.set("keyUsage", { text: usages.join(", ") });
  if (ours.subjectKeyId !== undefined) readings.set("subjectKeyIdentifier", { text: hex(ours.subjectKeyId) });
  if (ours.authorityKeyId !== undefined) readings.set("authorityKeyIdentifier", { text: hex(ours.authorityKeyId) });
  if (ours.extendedKeyUsages.length > 0) readings.set("extendedKeyUsage", { text: ours.extendedKeyUsages.join(", ") });
  return readings;
}

import type { CaFields } from "../certificate/ca-certificate.ts";
import type { Der } from "../asn1/der.ts";
import { describeName, encodeDistinguishedName } from "../asn1/distinguished-name.ts";
import { serialNumberOctets } from "../certificate/serial-number.ts";
import type { IssuerFields } from "../certificate/tbs-certificate.ts";
import { certificateReadings, keyReading, versionReading } from "./certificate-reading.ts";
import { differencesBetween, type Difference, type Reading, type Readings } from "./difference.ts";
import { extensionReadings } from "./extension-reading.ts";
import { algorithmReading, DER, hex, nameReading, plannedInteger, plannedTime } from "./field-reading.ts";
import {
  AlgorithmIdentifier,
  AsnConvert,
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PublicKey,
  SubjectKeyIdentifierExtension,
  X509Certificate,
} from "./x509.ts";

/** What a CA certificate of ours is to say. */
export interface CaPlan {
  readonly issuer: IssuerFields;
  readonly ca: CaFields;
}

/** @returns the fields that @peculiar/x509 reads otherwise than planned. The signature is not looked at */
export async function differencesOfCaCertificate(der: Der, plan: CaPlan): Promise<Difference[]> {
  return differencesBetween(await plannedReadings(plan), certificateReadings(new X509Certificate(der)));
}

async function plannedReadings({ issuer, ca }: CaPlan): Promise<Readings> {
  const algorithm = algorithmReading(
    AsnConvert.parse(issuer.signatureAlgorithm.algorithmIdentifier, AlgorithmIdentifier),
  );
  return new Map<string, Reading>([
    ["encoding", DER],
    ["version", versionReading(3)],
    ["serialNumber", plannedInteger(serialNumberOctets(ca.serialNumber))],
    ["signature", algorithm],
    ["signatureAlgorithm", algorithm],
    ["issuer", nameReading(AsnConvert.parse(issuer.subjectName, Name))],
    ["notBefore", plannedTime(ca.validity.notBefore)],
    ["notAfter", plannedTime(ca.validity.notAfter)],
    ["subject", { text: describeName(ca.subject), encoding: hex(encodeDistinguishedName(ca.subject)) }],
    ["subjectPublicKeyInfo", keyReading(ca.spki)],
    // Encoded by @peculiar/x509: its bytes and ours must be the same.
    ...extensionReadings([
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new BasicConstraintsExtension(true, ca.pathLength, true),
      new SubjectKeyIdentifierExtension(await keyIdentifierOf(ca.spki)),
      new AuthorityKeyIdentifierExtension(hex(issuer.subjectKeyId)),
    ]),
  ]);
}

/** RFC 7093 section 2 method 1, from the key as @peculiar/x509 reads it. */
async function keyIdentifierOf(spki: Der): Promise<string> {
  return hex(await new PublicKey(spki).getKeyIdentifier("SHA-256")).slice(0, 40);
}

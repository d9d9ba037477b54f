import { TAG, type Der } from "../asn1/der.ts";
import { sequence } from "../asn1/der-writer.ts";
import { OID } from "../asn1/object-identifier.ts";
import type { RevocationListFields } from "../revocation/revocation-list.ts";
import type { IssuerFields } from "../certificate/tbs-certificate.ts";
import { versionReading } from "./certificate-reading.ts";
import { contentOf, elementsOf } from "./der-elements.ts";
import { differencesBetween, type Difference, type Reading, type Readings } from "./difference.ts";
import { extensionReadings } from "./extension-reading.ts";
import { algorithmReading, DER, encodingReading, hex, nameReading, plannedTime, timeReading } from "./field-reading.ts";
import { differencesOfEntries } from "./revoked-entries.ts";
import {
  AlgorithmIdentifier,
  AsnConvert,
  AuthorityKeyIdentifierExtension,
  CRLNumber,
  DistributionPointName,
  Extension,
  ExtensionFactory,
  GeneralName,
  IssuingDistributionPoint,
  Name,
  TBSCertList,
} from "./x509.ts";

/** @returns the fields and entries that @peculiar/x509 reads otherwise than planned */
export async function differencesOfCertList(
  tbsCertList: Der,
  issuer: IssuerFields,
  fields: RevocationListFields,
): Promise<Difference[]> {
  const { frame, entries } = divided(tbsCertList);
  return [
    ...differencesBetween(plannedReadings(issuer, fields), certListReadings(frame)),
    ...(await differencesOfEntries(entries, fields.entries)),
  ];
}

/** A TBSCertList without its entries, and these. */
export function divided(tbsCertList: Uint8Array): { readonly frame: Der; readonly entries: Uint8Array | undefined } {
  const parts = [...elementsOf(contentOf(tbsCertList, TAG.sequence))];
  // They follow the two times (RFC 5280 section 5.1.2); the extensions have a tag of their own.
  const index = parts.findIndex((part, at) => at >= TIMES_END && part[0] === TAG.sequence);
  const others = parts.filter((_, at) => at !== index).map((part) => Buffer.from(part));
  return { frame: sequence(...others), entries: parts[index] };
}

/** Version, algorithm, issuer, thisUpdate, nextUpdate. */
const TIMES_END = 5;

function certListReadings(frame: Der): Readings {
  const list = AsnConvert.parse(frame, TBSCertList);
  const extensions = (list.crlExtensions ?? []).map((one) => ExtensionFactory.create(AsnConvert.serialize(one)));
  const readings = new Map<string, Reading>([
    ["encoding", encodingReading(frame, AsnConvert.serialize(list))],
    ["version", versionReading((list.version ?? 0) + 1)],
    ["signature", algorithmReading(list.signature)],
    ["issuer", nameReading(list.issuer)],
    ["thisUpdate", timeReading(list.thisUpdate)],
    ...extensionReadings(extensions),
  ]);
  if (list.nextUpdate !== undefined) readings.set("nextUpdate", timeReading(list.nextUpdate));
  return readings;
}

function plannedReadings(issuer: IssuerFields, fields: RevocationListFields): Readings {
  const { number, thisUpdate, nextUpdate, distributionPoints } = fields;
  return new Map<string, Reading>([
    ["encoding", DER],
    ["version", versionReading(2)],
    [
      "signature",
      algorithmReading(AsnConvert.parse(issuer.signatureAlgorithm.algorithmIdentifier, AlgorithmIdentifier)),
    ],
    ["issuer", nameReading(AsnConvert.parse(issuer.subjectName, Name))],
    ["thisUpdate", plannedTime(thisUpdate)],
    ["nextUpdate", plannedTime(nextUpdate)],
    // Encoded by @peculiar: its bytes and ours must be the same.
    ...extensionReadings([
      new AuthorityKeyIdentifierExtension(hex(issuer.subjectKeyId)),
      new Extension(OID.crlNumber, false, AsnConvert.serialize(new CRLNumber(number))),
      ...(distributionPoints.length === 0 ? [] : [issuingDistributionPoint(distributionPoints)]),
    ]),
  ]);
}

function issuingDistributionPoint(urls: readonly string[]): Extension {
  const fullName = urls.map((url) => new GeneralName({ uniformResourceIdentifier: url }));
  const point = new IssuingDistributionPoint({ distributionPoint: new DistributionPointName({ fullName }) });
  return new Extension(OID.issuingDistributionPoint, true, AsnConvert.serialize(point));
}

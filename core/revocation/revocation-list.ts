import { authorityKeyIdentifier, distributionPointName, extension } from "../certificate/extension.ts";
import { TAG, type Der } from "../asn1/der.ts";
import { contextConstructed, encodeDer, sequence, time, unsignedInteger } from "../asn1/der-writer.ts";
import type { RevocationReason } from "../ledger/issuance-record.ts";
import { objectIdentifier, OID } from "../asn1/object-identifier.ts";
import { serialNumberOctets, type SerialNumber } from "../certificate/serial-number.ts";
import type { IssuerFields } from "../certificate/tbs-certificate.ts";

/** One revoked certificate, as a list says it. */
export interface RevokedEntry {
  readonly serialNumber: SerialNumber;
  readonly revokedAt: Date;
  readonly reason: RevocationReason;
}

export interface RevocationListFields {
  /** Grows from list to list of one scope (RFC 5280 section 5.2.3). */
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly entries: readonly RevokedEntry[];
  /** Where this list is to be had, if it is not the whole; certificates that belong to it name one of them. */
  readonly distributionPoints: readonly string[];
}

const VERSION_2 = unsignedInteger(Uint8Array.of(1));

/** TBSCertList (RFC 5280 section 5.1.2), version 2: sorted by serial number. @throws Error when a serial number occurs twice */
export function buildTbsCertList(
  issuer: IssuerFields,
  { number, thisUpdate, nextUpdate, entries, distributionPoints }: RevocationListFields,
): Der {
  const sorted = [...entries].sort((one, other) => (one.serialNumber < other.serialNumber ? -1 : 1));
  const twice = sorted.find(({ serialNumber }, index) => serialNumber === sorted[index + 1]?.serialNumber);
  if (twice !== undefined) throw new Error(`${twice.serialNumber} is in the list twice`);
  return sequence(
    VERSION_2,
    issuer.signatureAlgorithm.algorithmIdentifier,
    issuer.subjectName,
    time(thisUpdate),
    time(nextUpdate),
    // Absent when there is none (section 5.1.2.6). One part: a hundred thousand arguments are more than a stack holds.
    ...(sorted.length === 0 ? [] : [sequence(Buffer.concat(sorted.map(revokedCertificate)))]),
    contextConstructed(
      0,
      sequence(
        authorityKeyIdentifier(issuer.subjectKeyId),
        crlNumber(number),
        ...(distributionPoints.length === 0 ? [] : [issuingDistributionPoint(distributionPoints)]),
      ),
    ),
  );
}

const REASON_CODE = objectIdentifier(OID.reasonCode);

/** CRLReason (RFC 5280 section 5.3.1). */
export const REASON_CODES: Readonly<Record<RevocationReason, number>> = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
};

/** The extensions of an entry. Zero should be left out, since absence says the same (section 5.3.1). */
const REASON_EXTENSIONS = new Map(
  Object.entries(REASON_CODES)
    .filter(([, code]) => code !== 0)
    .map(([reason, code]): [string, Der] => [reason, reasonExtension(code)]),
);

function reasonExtension(code: number): Der {
  return sequence(extension(REASON_CODE, false, encodeDer(TAG.enumerated, Uint8Array.of(code))));
}

function revokedCertificate({ serialNumber, revokedAt, reason }: RevokedEntry): Der {
  const code = REASON_EXTENSIONS.get(reason);
  const common = [unsignedInteger(serialNumberOctets(serialNumber)), time(revokedAt)];
  return sequence(...common, ...(code === undefined ? [] : [code]));
}

/** How much longer a list is by an entry. */
export function entryOctets(entry: RevokedEntry): number {
  return revokedCertificate(entry).length;
}

const CRL_NUMBER = objectIdentifier(OID.crlNumber);
const ISSUING_DISTRIBUTION_POINT = objectIdentifier(OID.issuingDistributionPoint);

/** Not critical; at most 20 octets, of which a safe integer needs 7. */
function crlNumber(number: number): Der {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64BE(BigInt(number));
  return extension(CRL_NUMBER, false, unsignedInteger(octets));
}

/**
 * Section 5.2.5, critical: whoever does not understand that a list is a part must not take it for the whole, and whoever
 * does finds the certificate's distribution point among its names (section 6.3.3 (b)(2)).
 */
function issuingDistributionPoint(urls: readonly string[]): Der {
  return extension(ISSUING_DISTRIBUTION_POINT, true, sequence(distributionPointName(urls)));
}

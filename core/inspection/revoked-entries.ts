import { TAG } from "../asn1/der.ts";
import { REVOCATION_REASONS } from "../ledger/issuance-record.ts";
import { OID } from "../asn1/object-identifier.ts";
import type { RevokedEntry } from "../revocation/revocation-list.ts";
import { serialNumberOctets } from "../certificate/serial-number.ts";
import { contentOf, elementsOf } from "./der-elements.ts";
import type { Difference } from "./difference.ts";
import { hex, integerReading, plannedInteger, plannedTime, timeReading } from "./field-reading.ts";
import { AsnConvert, CRLReason, Extensions, RevokedCertificate } from "./x509.ts";

/** So many entries take some 50 ms: other requests of the local service get their turn between. */
const ENTRIES_A_TURN = 1000;
const MOST_DIFFERENCES = 20;

/**
 * Entry by entry, in the order of serial numbers (revocation-list.ts). Nothing is kept of an entry once it was compared:
 * 92,000 entries need no more memory than one.
 *
 * @param encoded the whole `revokedCertificates`; undefined when it is absent
 * @returns the first differences
 */
export async function differencesOfEntries(
  encoded: Uint8Array | undefined,
  planned: readonly RevokedEntry[],
): Promise<Difference[]> {
  const sorted = [...planned].sort((one, other) => (one.serialNumber < other.serialNumber ? -1 : 1));
  // RFC 5280 section 5.1.2.6: absent when there is none.
  const isPresent = encoded !== undefined;
  if (isPresent !== sorted.length > 0)
    return [differenceOf("revokedCertificates", isPresent ? "absent" : "present", isPresent ? "present" : "absent")];
  const differences: Difference[] = [];
  const reasons = new Map<string, string>();
  let count = 0;
  for (const entry of encoded === undefined ? [] : elementsOf(contentOf(encoded, TAG.sequence))) {
    const expected = sorted[count];
    const got = readEntry(entry, reasons);
    if (expected !== undefined && differences.length < MOST_DIFFERENCES)
      differences.push(...differencesOfEntry(count, plannedEntry(expected), got));
    if (++count % ENTRIES_A_TURN === 0) await new Promise((resolve) => void setImmediate(resolve));
  }
  if (count !== sorted.length)
    differences.push(differenceOf("revokedCertificates", `${sorted.length} entries`, `${count} entries`));
  return differences;
}

interface Entry {
  readonly userCertificate: string;
  readonly revocationDate: string;
  readonly crlEntryExtensions: string;
}

const FIELDS = ["userCertificate", "revocationDate", "crlEntryExtensions"] as const satisfies (keyof Entry)[];

function differencesOfEntry(index: number, expected: Entry, got: Entry): Difference[] {
  return FIELDS.filter((field) => expected[field] !== got[field]).map((field) =>
    differenceOf(`revokedCertificates[${index}].${field}`, expected[field], got[field]),
  );
}

function differenceOf(field: string, expected: string, got: string): Difference {
  return { field, expected, got };
}

const ABSENT = "absent";

function plannedEntry({ serialNumber, revokedAt, reason }: RevokedEntry): Entry {
  return {
    userCertificate: plannedInteger(serialNumberOctets(serialNumber)).text,
    revocationDate: plannedTime(revokedAt).text,
    crlEntryExtensions: reason === "unspecified" ? ABSENT : reason,
  };
}

function readEntry(encoded: Uint8Array, reasons: Map<string, string>): Entry {
  const parts = [...elementsOf(contentOf(encoded, TAG.sequence))];
  assertDer(parts);
  const [, , extensions] = parts;
  const { userCertificate, revocationDate } = AsnConvert.parse(encoded, RevokedCertificate);
  return {
    userCertificate: integerReading(userCertificate).text,
    revocationDate: timeReading(revocationDate).text,
    crlEntryExtensions: extensions === undefined ? ABSENT : reasonOf(extensions, reasons),
  };
}

/** What the parser does not mind: more parts, tags of another class, other letters for Z. To write each entry again costs twice the time. */
function assertDer([serialNumber, date, ...rest]: readonly Uint8Array[]): void {
  const isTime = /^(\x17\x0d|\x18\x0f\d\d)\d{12}Z$/.test(Buffer.from(date ?? []).toString("latin1"));
  if (serialNumber?.[0] !== TAG.integer || !isTime || rest.length > 1)
    throw new Error("an entry of the list is not DER");
}

/** There are seven reasons: each is read once a list. */
function reasonOf(extensions: Uint8Array, reasons: Map<string, string>): string {
  const encoded = hex(extensions);
  const known = reasons.get(encoded);
  if (known !== undefined) return known;
  const reason = readReason(extensions);
  reasons.set(encoded, reason);
  return reason;
}

function readReason(encoded: Uint8Array): string {
  const extensions = AsnConvert.parse(encoded, Extensions);
  const [extension] = extensions;
  if (extension?.extnID !== OID.reasonCode || extension.critical || extensions.length > 1) return hex(encoded);
  const reason = AsnConvert.parse(extension.extnValue.buffer, CRLReason);
  const isCanonical =
    Buffer.compare(encoded, new Uint8Array(AsnConvert.serialize(extensions))) === 0 &&
    hex(AsnConvert.serialize(reason)) === hex(extension.extnValue.buffer);
  return (isCanonical ? REVOCATION_REASONS.find((one) => one === reason.toString()) : undefined) ?? hex(encoded);
}

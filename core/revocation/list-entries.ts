import { TAG, type Der } from "../asn1/der.ts";
import type { RevocationReason } from "../ledger/issuance-record.ts";
import { REASON_CODES } from "./revocation-list.ts";

/** By serial number: digits without a leading zero octet. */
export type ListEntries = ReadonlyMap<string, { readonly revokedAt: Date; readonly reason: RevocationReason }>;

const REASON_BY_CODE = new Map(
  Object.entries(REASON_CODES).map(([reason, code]): [number, RevocationReason] => [code, reason as RevocationReason]),
);

/**
 * What a list of our own says, read in one pass: it may hold ninety thousand entries, more than `parseDer` takes, which is
 * made for what strangers send. Its signature was checked when it was published.
 *
 * @throws Error when it is not a list as `buildTbsCertList` makes them
 */
export function entriesOf(list: Der): ListEntries {
  const bytes = Buffer.from(list.buffer, list.byteOffset, list.length);
  const outer = elementAt(bytes, 0);
  const tbs = elementAt(bytes, outer.start);
  let at = tbs.start;
  // Version, algorithm, issuer, this update, next update.
  for (let member = 0; member < 5; member++) at = elementAt(bytes, at).end;
  const entries = new Map<string, { revokedAt: Date; reason: RevocationReason }>();
  const revoked = elementAt(bytes, at);
  if (revoked.tag !== TAG.sequence) return entries;
  for (at = revoked.start; at < revoked.end;) {
    const entry = elementAt(bytes, at);
    const serial = elementAt(bytes, entry.start);
    const time = elementAt(bytes, serial.end);
    const digits = bytes.toString("hex", serial.start, serial.end).replace(/^00(?=[89a-f])/, "");
    const revokedAt = timeIn(time.tag, bytes.toString("latin1", time.start, time.end));
    // The only extension is the reason, and its code the last octet.
    const code = time.end < entry.end ? (bytes[entry.end - 1] ?? 0) : 0;
    entries.set(digits, { revokedAt, reason: REASON_BY_CODE.get(code) ?? malformed() });
    at = entry.end;
  }
  return entries;
}

function elementAt(bytes: Buffer, at: number): { tag: number; start: number; end: number } {
  const tag = bytes[at] ?? malformed();
  const first = bytes[at + 1] ?? malformed();
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if (octets > 4 || at + 2 + octets > bytes.length) malformed();
  const start = at + 2 + octets;
  const end = start + (octets === 0 ? first : bytes.readUIntBE(at + 2, octets));
  return end > bytes.length ? malformed() : { tag, start, end };
}

/** RFC 5280 section 4.1.2.5: two digits of a year below 50 are of this century. */
function timeIn(tag: number, text: string): Date {
  const digits = tag === TAG.utcTime ? `20${text}` : text;
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) ?? malformed();
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function malformed(): never {
  throw new Error("this is no revocation list of ours");
}

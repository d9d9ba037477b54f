import { describeName } from "../asn1/distinguished-name.ts";
import type { Reading } from "./difference.ts";
import { AsnConvert, type AlgorithmIdentifier, type Name, type Time } from "./x509.ts";

/* How fields that certificates and revocation lists share are read, and written again: what is not DER differs then. */

export function hex(bytes: ArrayBuffer | Uint8Array): string {
  return Buffer.from(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)).toString("hex");
}

export function nameReading(name: Name): Reading {
  const text = name
    .map((rdn) => rdn.map(({ type, value }) => describeName([{ type, value: value.toString() }])).join("+"))
    .join(", ");
  return { text, encoding: hex(AsnConvert.serialize(name)) };
}

export function algorithmReading(algorithm: AlgorithmIdentifier): Reading {
  return { text: algorithm.algorithm, encoding: hex(AsnConvert.serialize(algorithm)) };
}

export function timeReading(time: Time): Reading {
  return timeText(time.getTime(), time.utcTime === undefined ? "GeneralizedTime" : "UTCTime");
}

/** RFC 5280 section 4.1.2.5: UTCTime until 2049, whole seconds. */
export function plannedTime(at: Date): Reading {
  const seconds = new Date(Math.floor(at.getTime() / 1000) * 1000);
  return timeText(seconds, at.getUTCFullYear() < 2050 ? "UTCTime" : "GeneralizedTime");
}

function timeText(at: Date, type: "UTCTime" | "GeneralizedTime"): Reading {
  return { text: `${at.toISOString()} (${type})` };
}

/** The content octets of an INTEGER. */
export function integerReading(octets: ArrayBuffer): Reading {
  return { text: hex(octets) };
}

/** @param magnitude big-endian, without a sign */
export function plannedInteger(magnitude: Uint8Array): Reading {
  return { text: `${(magnitude[0] ?? 0) >= 0x80 ? "00" : ""}${hex(magnitude)}` };
}

/** Whether what was read is, written again by @peculiar, the very same bytes: it skips what it does not expect. */
export function encodingReading(read: Uint8Array, written: ArrayBuffer): Reading {
  return Buffer.compare(read, new Uint8Array(written)) === 0 ? DER : { text: "not the DER of what was read" };
}

export const DER: Reading = { text: "DER" };

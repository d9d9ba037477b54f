import { randomBytes } from "node:crypto";

declare const checked: unique symbol;
/** 32 lower-case hexadecimal digits, the first two not zero: a positive integer that every tool prints alike. */
export type SerialNumber = string & { readonly [checked]: true };

/** 128 bits from a CSPRNG. One draw in 256 would print with fewer digits and is repeated. */
export function randomSerialNumber(): SerialNumber {
  for (;;) {
    const octets = randomBytes(16);
    if (octets[0] !== 0) return octets.toString("hex") as SerialNumber;
  }
}

export function isSerialNumber(text: string): text is SerialNumber {
  return /^(?!00)[0-9a-f]{32}$/.test(text);
}

/**
 * Reads a serial number as openssl, browsers or Java print it (upper case, colons, `0x`). Undefined when it cannot be
 * ours.
 */
export function parseSerialNumber(text: string): SerialNumber | undefined {
  const digits = text
    .toLowerCase()
    .replace(/^0x/, "")
    .replaceAll(":", "")
    .replace(/^00(?=[0-9a-f]{32}$)/, "");
  return isSerialNumber(digits) ? digits : undefined;
}

/** Big-endian magnitude. */
export function serialNumberOctets(serialNumber: SerialNumber): Uint8Array {
  return Buffer.from(serialNumber, "hex");
}

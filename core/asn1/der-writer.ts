import { isPrintableString, TAG, type Der } from "./der.ts";

/** Writes one element. The parts are already encoded. The tag is the whole identifier octet. */
export function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Der {
  let length = 0;
  for (const part of parts) length += part.length;
  const lengthOctets = length < 0x80 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 4;
  const element = Buffer.allocUnsafe(1 + lengthOctets + length);
  element[0] = tag;
  if (lengthOctets === 1) element[1] = length;
  else {
    element[1] = 0x80 | (lengthOctets - 1);
    element.writeUIntBE(length, 2, lengthOctets - 1);
  }
  let offset = 1 + lengthOctets;
  for (const part of parts) {
    element.set(part, offset);
    offset += part.length;
  }
  return element;
}

export function sequence(...parts: readonly Uint8Array[]): Der {
  return encodeDer(TAG.sequence, ...parts);
}

/** SET OF: DER sorts the elements by their encodings (X.690 section 11.6). */
export function setOf(...parts: readonly Uint8Array[]): Der {
  return encodeDer(TAG.set, ...[...parts].sort((one, other) => Buffer.compare(one, other)));
}

/** [n] EXPLICIT, or a constructed [n] IMPLICIT. */
export function contextConstructed(number: number, ...parts: readonly Uint8Array[]): Der {
  return encodeDer(0xa0 | number, ...parts);
}

/** [n] IMPLICIT of a primitive type. */
export function contextPrimitive(number: number, content: Uint8Array): Der {
  return encodeDer(0x80 | number, content);
}

/** A non-negative INTEGER from its big-endian magnitude, in its shortest form. */
export function unsignedInteger(magnitude: Uint8Array): Der {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const shortest = magnitude.subarray(start);
  const needsSignOctet = shortest.length === 0 || (shortest[0] ?? 0) >= 0x80;
  return needsSignOctet ? encodeDer(TAG.integer, ZERO, shortest) : encodeDer(TAG.integer, shortest);
}

const ZERO = Uint8Array.of(0);

export function boolean(value: boolean): Der {
  return encodeDer(TAG.boolean, Uint8Array.of(value ? 0xff : 0x00));
}

export function octetString(content: Uint8Array): Der {
  return encodeDer(TAG.octetString, content);
}

/** A BIT STRING that is a whole number of octets. */
export function bitString(octets: Uint8Array): Der {
  return encodeDer(TAG.bitString, ZERO, octets);
}

/** A BIT STRING of named bits: trailing zero bits are removed (X.690 section 11.2.2). Bit 0 is the leftmost. */
export function namedBits(bits: readonly number[]): Der {
  const highest = Math.max(...bits);
  const octets = new Uint8Array(1 + (highest >> 3) + 1);
  octets[0] = 7 - (highest & 7);
  for (const bit of bits) octets[1 + (bit >> 3)] = (octets[1 + (bit >> 3)] ?? 0) | (0x80 >> (bit & 7));
  return encodeDer(TAG.bitString, octets);
}

export function ia5String(text: string): Der {
  return encodeDer(TAG.ia5String, Buffer.from(text, "latin1"));
}

/** RFC 5280 section 4.1.2.4: PrintableString where the text allows it, else UTF8String. */
export function directoryString(text: string): Der {
  return encodeDer(isPrintableString(text) ? TAG.printableString : TAG.utf8String, Buffer.from(text, "utf8"));
}

/** RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050; whole seconds, always Z. */
export function time(at: Date): Der {
  const iso = at.toISOString();
  const date = iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10);
  const digits = date + iso.slice(11, 13) + iso.slice(14, 16) + iso.slice(17, 19);
  return at.getUTCFullYear() < 2050
    ? encodeDer(TAG.utcTime, Buffer.from(`${digits.slice(2)}Z`, "latin1"))
    : encodeDer(TAG.generalizedTime, Buffer.from(`${digits}Z`, "latin1"));
}

import { parseDer, type Der, type DerElement } from "../../core/asn1/der.ts";
import { bitString, encodeDer, octetString, sequence } from "../../core/asn1/der-writer.ts";
import { extension } from "../../core/certificate/extension.ts";
import { objectIdentifier } from "../../core/asn1/object-identifier.ts";

/** The parts of a SEQUENCE, each encoded. */
export function partsOf(der: Uint8Array): Der[] {
  return parseDer(der).children.map(({ encoded }) => encoded);
}

export function replaced(parts: readonly Der[], index: number, ...by: readonly Der[]): Der {
  return sequence(...parts.slice(0, index), ...by, ...parts.slice(index + 1));
}

/** A SEQUENCE with one of its parts changed. */
export function changed(der: Uint8Array, index: number, change: (part: Der) => Der): Der {
  const parts = partsOf(der);
  const part = parts[index];
  if (part === undefined) throw new Error(`there is no part ${index}`);
  return replaced(parts, index, change(part));
}

/** `[n] EXPLICIT` Extensions, with each extension made into others. */
export function withExtensions(tagged: Der, change: (extensions: readonly DerElement[]) => readonly Der[]): Der {
  const { tag, children } = parseDer(tagged);
  return encodeDer(tag, sequence(...change(children[0]?.children ?? [])));
}

export function isOfType({ children }: DerElement, dotted: string): boolean {
  return Buffer.compare(children[0]?.encoded ?? new Uint8Array(), objectIdentifier(dotted)) === 0;
}

/** The same extension, critical if it was not, and the other way round. */
export function flipped({ children }: DerElement): Der {
  const [type, ...rest] = children;
  const value = rest.at(-1);
  if (type === undefined || value === undefined) throw new Error("an extension has a type and a value");
  return rest.length === 1
    ? sequence(type.encoded, encodeDer(0x01, Uint8Array.of(0xff)), value.encoded)
    : sequence(type.encoded, value.encoded);
}

/** `critical FALSE` written out, which DER forbids. */
export function withExplicitDefault({ children }: DerElement): Der {
  const [type, ...rest] = children.map(({ encoded }) => encoded);
  return sequence(type ?? new Uint8Array(), encodeDer(0x01, Uint8Array.of(0)), rest.at(-1) ?? new Uint8Array());
}

/** The value with an octet behind it that belongs to nothing. */
export function withTrailingOctets({ children }: DerElement): Der {
  const parts = children.map(({ encoded }) => encoded);
  const value = children.at(-1)?.content ?? new Uint8Array();
  return sequence(...parts.slice(0, -1), octetString(Buffer.concat([value, Uint8Array.of(5, 0)])));
}

/** An extension that nobody planned. */
export function unplanned(dotted: string, isCritical: boolean, value: Der): Der {
  return extension(objectIdentifier(dotted), isCritical, value);
}

export function signedWith(tbs: Der, algorithmIdentifier: Der, signature: Uint8Array): Der {
  return sequence(tbs, algorithmIdentifier, bitString(signature));
}

/** One bit of each octet turned, each time in all else the same. */
export function* bitFlips(der: Uint8Array): Generator<{ readonly octet: number; readonly der: Der }> {
  for (let octet = 0; octet < der.length; octet++) {
    const copy = Uint8Array.from(der);
    copy[octet] = (copy[octet] ?? 0) ^ (1 << (octet % 8));
    yield { octet, der: copy };
  }
}

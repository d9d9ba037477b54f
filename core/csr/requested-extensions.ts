import { childrenOf, contentOf, DerError, parseDer, TAG, type DerElement } from "../asn1/der.ts";
import { ipAddressText } from "../certificate/ip-address.ts";
import { KEY_USAGE_BITS, type KeyUsage } from "../certificate/key-usage.ts";
import { dottedObjectIdentifier, OID } from "../asn1/object-identifier.ts";

/**
 * What a CSR asks for in its extension request. Nothing is copied: policy compares it with what it would issue, and
 * refuses where the two differ.
 */
export interface RequestedExtensions {
  readonly dnsNames: readonly string[];
  /** Canonical text, in the form of `ip-address.ts`. */
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  /** Kinds of GeneralName that our certificates never have (otherName, directoryName …), by tag number. */
  readonly otherNames: readonly number[];
  readonly isCa: boolean;
  readonly keyUsages: readonly KeyUsage[];
  /** Dotted object identifiers. */
  readonly extendedKeyUsages: readonly string[];
  /** Dotted object identifiers of all other extensions. */
  readonly others: readonly string[];
}

export const NO_EXTENSIONS: RequestedExtensions = {
  dnsNames: [],
  ipAddresses: [],
  emailAddresses: [],
  uris: [],
  otherNames: [],
  isCa: false,
  keyUsages: [],
  extendedKeyUsages: [],
  others: [],
};

/** Extensions, each at most once (RFC 5280 section 4.2). @throws DerError */
export function readRequestedExtensions(extensions: DerElement | undefined): RequestedExtensions {
  const seen = new Set<string>();
  let requested = NO_EXTENSIONS;
  for (const extension of childrenOf(extensions, "the extension request", TAG.sequence)) {
    const [type, ...rest] = childrenOf(extension, "an extension", TAG.sequence, 2, 3);
    const dotted = dottedObjectIdentifier(contentOf(type, "an extension's type", TAG.objectIdentifier));
    if (seen.has(dotted)) throw new DerError(`the extension ${dotted} is there twice`);
    seen.add(dotted);
    // DEFAULT FALSE must be left out in DER (X.690 section 11.5).
    if (rest.length === 2 && contentOf(rest[0], "an extension's critical flag", TAG.boolean)[0] !== 0xff) {
      throw new DerError("an extension spells out the default of its critical flag");
    }
    const value = contentOf(rest.at(-1), "an extension's value", TAG.octetString);
    requested = { ...requested, ...readExtension(dotted, value, requested) };
  }
  return requested;
}

function readExtension(dotted: string, value: Uint8Array, soFar: RequestedExtensions): Partial<RequestedExtensions> {
  switch (dotted) {
    case OID.subjectAltName:
      return readSubjectAltName(parseDer(value));
    case OID.basicConstraints:
      return { isCa: readBasicConstraints(parseDer(value)) };
    case OID.keyUsage:
      return { keyUsages: readKeyUsage(parseDer(value)) };
    case OID.extendedKeyUsage:
      return {
        extendedKeyUsages: childrenOf(parseDer(value), "the extended key usage", TAG.sequence, 1).map((usage) =>
          dottedObjectIdentifier(contentOf(usage, "an extended key usage", TAG.objectIdentifier)),
        ),
      };
    case OID.subjectKeyIdentifier:
      // Java's keytool always sends one. It is ignored: ours is computed from the key.
      contentOf(parseDer(value), "the subject key identifier", TAG.octetString);
      return {};
    default:
      return { others: [...soFar.others, dotted] };
  }
}

function readBasicConstraints(element: DerElement): boolean {
  const [first, second] = childrenOf(element, "the basic constraints", TAG.sequence, 0, 2);
  if (first === undefined) return false;
  if (first.tag === TAG.boolean && first.content[0] !== 0xff)
    throw new DerError("the basic constraints spell out their default");
  if (first.tag !== TAG.boolean && (first.tag !== TAG.integer || second !== undefined))
    throw new DerError("the basic constraints are malformed");
  if (second !== undefined && second.tag !== TAG.integer) throw new DerError("the basic constraints are malformed");
  return first.tag === TAG.boolean;
}

/**
 * Named bits. Zero bits behind the last that is set should be left out (X.690 section 11.2.2), as rcgen and others do
 * not: they say nothing.
 */
function readKeyUsage(element: DerElement): KeyUsage[] {
  const octets = contentOf(element, "the key usage", TAG.bitString).subarray(1);
  const isSet = (bit: number): boolean => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
  const bits = Array.from({ length: octets.length * 8 }, (_, bit) => bit).filter(isSet);
  if (bits.length === 0) throw new DerError("the key usage is empty");
  if (bits.some((bit) => bit >= KEY_USAGE_BITS.length))
    throw new DerError("the key usage has bits that RFC 5280 does not know");
  return KEY_USAGE_BITS.filter((_, bit) => bits.includes(bit));
}

/** The names of a subjectAltName extension, of a CSR or of a certificate. @throws DerError */
export function readSubjectAltName(
  element: DerElement,
): Pick<RequestedExtensions, "dnsNames" | "ipAddresses" | "emailAddresses" | "uris" | "otherNames"> {
  const names = childrenOf(element, "the subject alternative name", TAG.sequence, 1);
  const texts = (tag: number): string[] => names.filter((name) => name.tag === tag).map(ia5Text);
  return {
    emailAddresses: texts(0x81),
    dnsNames: texts(0x82),
    uris: texts(0x86),
    ipAddresses: names.filter(({ tag }) => tag === 0x87).map(({ content }) => ipAddress(content)),
    otherNames: names.filter(({ tag }) => ![0x81, 0x82, 0x86, 0x87].includes(tag)).map(({ tag }) => tag & 0x1f),
  };
}

/**
 * The [1], [2] and [6] of GeneralName are IA5String by implicit tag, so `parseDer` has not checked their characters.
 */
function ia5Text({ content }: DerElement): string {
  if (content.length === 0) throw new DerError("a subject alternative name is empty");
  if (content.some((octet) => octet <= 0x20 || octet >= 0x7f)) {
    throw new DerError("a subject alternative name holds a character that is not printable ASCII");
  }
  return Buffer.from(content).toString("latin1");
}

function ipAddress(content: Uint8Array): string {
  const text = ipAddressText(content);
  if (text === undefined) throw new DerError(`an IP address of ${content.length} octets (RFC 5280: 4 or 16)`);
  return text;
}

/**
 * DER, the unambiguous encoding of ASN.1 (X.690 sections 8, 10 and 11), as far as X.509 needs it.
 *
 * Reading checks the whole tree at once and refuses BER that is not DER, so that later parsers only check structure. If
 * two programs read the same bytes differently, a certificate can be issued to the wrong name.
 */

/** Bytes that are one DER element. */
export type Der = Uint8Array<ArrayBuffer>;

/** The bytes are not DER, or not the structure that was expected. */
export class DerError extends Error {
  override readonly name = "DerError";
}

export interface DerElement {
  /** The identifier octet: class, constructed bit and tag number (below 31: X.509 needs no high tags). */
  readonly tag: number;
  readonly content: Der;
  /** Header and content. */
  readonly encoded: Der;
  /** Empty for a primitive element. */
  readonly children: readonly DerElement[];
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A CSR nests 8 deep (extension request, SAN, otherName). The limit leaves room and bounds the recursion. */
const MAX_DEPTH = 16;
/** A CSR with twenty SANs has about 120 elements. */
const MAX_ELEMENTS = 2048;

/** X.690 section 11.6 sorts the elements of a SET OF. Their order has no meaning, and generators of CSRs forget it. */
export type SetOrder = "sorted sets" | "any order of sets";

/** What is kept while one text is read. */
interface Reading {
  elements: number;
  readonly setOrder: SetOrder;
}

/**
 * Reads exactly one DER element, with everything inside it.
 *
 * @throws DerError when the bytes are BER, cut off, followed by others, too deep or too many
 */
export function parseDer(bytes: Uint8Array, setOrder: SetOrder = "sorted sets"): DerElement {
  const reading = { elements: MAX_ELEMENTS, setOrder };
  const element = readElement(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as Buffer<ArrayBuffer>,
    0,
    0,
    reading,
  );
  if (element.encoded.length !== bytes.length) {
    throw new DerError(`${bytes.length - element.encoded.length} bytes follow the outermost element`);
  }
  return element;
}

function readElement(bytes: Buffer<ArrayBuffer>, start: number, depth: number, reading: Reading): DerElement {
  if (depth > MAX_DEPTH) throw new DerError(`more than ${MAX_DEPTH} levels of nesting`);
  if (--reading.elements < 0) throw new DerError(`more than ${MAX_ELEMENTS} elements`);
  const tag = bytes[start];
  if (tag === undefined) throw new DerError("the encoding is cut off");
  if ((tag & 0x1f) === 0x1f) throw new DerError("tag numbers above 30 are not used in X.509");
  const { contentStart, contentLength } = readLength(bytes, start + 1);
  const end = contentStart + contentLength;
  if (end > bytes.length) throw new DerError("the encoding is cut off");
  const content = bytes.subarray(contentStart, end);
  const children = (tag & 0x20) === 0 ? NO_CHILDREN : readChildren(content, depth, reading);
  if (tag === TAG.set) {
    if (reading.setOrder === "sorted sets") assertSetOrder(children);
  } else assertCanonical(tag, content);
  return { tag, content, encoded: bytes.subarray(start, end), children };
}

const NO_CHILDREN: readonly DerElement[] = [];

function readLength(bytes: Buffer, at: number): { contentStart: number; contentLength: number } {
  const first = bytes[at];
  if (first === undefined) throw new DerError("the encoding is cut off");
  if (first < 0x80) return { contentStart: at + 1, contentLength: first };
  if (first === 0x80) throw new DerError("indefinite lengths are BER, not DER");
  const octets = first & 0x7f;
  if (octets > 3) throw new DerError("a length above 16 MiB");
  if (at + 1 + octets > bytes.length) throw new DerError("the encoding is cut off");
  const contentLength = bytes.readUIntBE(at + 1, octets);
  if (contentLength < 0x80 || contentLength < 2 ** (8 * (octets - 1))) {
    throw new DerError("a length is not in its shortest form");
  }
  return { contentStart: at + 1 + octets, contentLength };
}

function readChildren(content: Buffer<ArrayBuffer>, depth: number, reading: Reading): readonly DerElement[] {
  const children: DerElement[] = [];
  let offset = 0;
  while (offset < content.length) {
    const child = readElement(content, offset, depth + 1, reading);
    children.push(child);
    offset += child.encoded.length;
  }
  return children;
}

/** X.690 section 11 for the universal types. Context-specific elements are left to the caller, who knows their type. */
function assertCanonical(tag: number, content: Uint8Array): void {
  if ((tag & 0xc0) !== 0) return;
  switch (tag) {
    case TAG.sequence:
    case TAG.octetString:
    case TAG.utcTime:
    case TAG.generalizedTime:
      return;
    case TAG.boolean:
      if (content.length !== 1 || (content[0] !== 0x00 && content[0] !== 0xff))
        throw new DerError("a BOOLEAN is neither 00 nor FF");
      return;
    case TAG.integer:
    case TAG.enumerated:
      return assertMinimalInteger(content);
    case TAG.bitString:
      return assertBitString(content);
    case TAG.null:
      if (content.length !== 0) throw new DerError("a NULL has content");
      return;
    case TAG.objectIdentifier:
      return assertObjectIdentifier(content);
    case TAG.utf8String:
      if (!isUtf8(content)) throw new DerError("a UTF8String is not UTF-8");
      return;
    case TAG.printableString:
      if (!PRINTABLE.test(latin1(content))) throw new DerError("a PrintableString holds a character it may not");
      return;
    case TAG.ia5String:
      if (content.some((octet) => octet > 0x7f)) throw new DerError("an IA5String holds a character it may not");
      return;
    case 0x12: // NumericString
    case 0x14: // TeletexString
    case 0x1a: // VisibleString
    case 0x1c: // UniversalString
    case 0x1e: // BMPString
      return;
    default:
      throw new DerError(`the tag 0x${tag.toString(16).padStart(2, "0")} has no place in a CSR or certificate`);
  }
}

/** X.680 section 41.4. */
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

export function isPrintableString(text: string): boolean {
  return PRINTABLE.test(text);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function isUtf8(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Buffer.from(buffer.toString("utf8"), "utf8").equals(buffer);
}

function assertSetOrder(children: readonly DerElement[]): void {
  for (let index = 1; index < children.length; index++) {
    const [before, after] = [children[index - 1], children[index]];
    if (before && after && Buffer.compare(before.encoded, after.encoded) > 0) {
      throw new DerError("the elements of a SET OF are not sorted");
    }
  }
}

function assertMinimalInteger(content: Uint8Array): void {
  const [first, second] = content;
  if (first === undefined) throw new DerError("an INTEGER is empty");
  if (second === undefined) return;
  if ((first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80)) {
    throw new DerError("an INTEGER is not in its shortest form");
  }
}

function assertBitString(content: Uint8Array): void {
  const unusedBits = content[0];
  const last = content.at(-1);
  if (unusedBits === undefined || last === undefined || unusedBits > 7) throw new DerError("a BIT STRING is malformed");
  if (content.length === 1 && unusedBits !== 0) throw new DerError("an empty BIT STRING claims unused bits");
  if (content.length > 1 && (last & ((1 << unusedBits) - 1)) !== 0)
    throw new DerError("unused bits of a BIT STRING are not zero");
}

function assertObjectIdentifier(content: Uint8Array): void {
  const last = content.at(-1);
  if (last === undefined || last >= 0x80) throw new DerError("an OBJECT IDENTIFIER is cut off");
  let startsArc = true;
  for (const octet of content) {
    if (startsArc && octet === 0x80) throw new DerError("an OBJECT IDENTIFIER is not in its shortest form");
    startsArc = octet < 0x80;
  }
}

/**
 * The elements inside a constructed element of the given tag.
 *
 * @throws DerError when it has another tag, or fewer than `atLeast` or more than `atMost` elements
 */
export function childrenOf(
  element: DerElement | undefined,
  what: string,
  tag: number,
  atLeast = 0,
  atMost = Infinity,
): readonly DerElement[] {
  if (element?.tag !== tag) throw new DerError(`${what} is not there, or of another type`);
  if (element.children.length < atLeast || element.children.length > atMost) {
    throw new DerError(`${what} has ${element.children.length} elements`);
  }
  return element.children;
}

/** The content of a primitive element of the given tag. @throws DerError when it has another tag */
export function contentOf(element: DerElement | undefined, what: string, tag: number): Der {
  if (element?.tag !== tag) throw new DerError(`${what} is not there, or of another type`);
  return element.content;
}

/** The octets of a BIT STRING without unused bits, as keys and signatures are. */
export function wholeOctetsOf(element: DerElement | undefined, what: string): Der {
  const content = contentOf(element, what, TAG.bitString);
  if (content[0] !== 0) throw new DerError(`${what} is not a whole number of octets`);
  return content.subarray(1);
}

/*
 * Steps through DER without reading what is in it. Long revocation lists are read in slices that are cut here: @peculiar
 * needs 15 KB of memory for each entry of a list that it reads whole, and by default refuses long ones.
 */

/** The elements that follow one another in these bytes, each with its header. @throws Error when they are not whole */
export function* elementsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length;) {
    const { contentStart, end } = extentOf(bytes, start);
    if (contentStart > end || end > bytes.length) throw new Error("an element is cut off");
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** The content of the one element that these bytes are. @throws Error when there is not exactly one, of this tag */
export function contentOf(element: Uint8Array, tag: number): Uint8Array {
  const { contentStart, end } = extentOf(element, 0);
  if (element[0] !== tag || end !== element.length)
    throw new Error(`expected one element of tag 0x${tag.toString(16)}, got 0x${(element[0] ?? 0).toString(16)}`);
  return element.subarray(contentStart);
}

function extentOf(bytes: Uint8Array, start: number): { contentStart: number; end: number } {
  const first = bytes[start + 1] ?? 0x80;
  if (first < 0x80) return { contentStart: start + 2, end: start + 2 + first };
  const lengthOctets = bytes.subarray(start + 2, start + 2 + (first & 0x7f));
  const length = lengthOctets.reduce((value, octet) => value * 256 + octet, 0);
  // X.690 section 10.1: definite, and in the fewest octets.
  if (lengthOctets.length === 0 || lengthOctets[0] === 0 || length < 0x80) throw new Error("a length is not DER");
  const contentStart = start + 2 + lengthOctets.length;
  return { contentStart, end: contentStart + length };
}

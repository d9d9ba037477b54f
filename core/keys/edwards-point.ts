import type { Der } from "../asn1/der.ts";

/*
 * If a key is a point of small order, anybody can make signatures that verify (RFC 8032 section 8.9 leaves the check to
 * the receiver). OpenSSL 3.5 rejects such keys. Go and older OpenSSL accept them, and both verify our certificates.
 * Invalid points verify nothing and need no check here: a CSR is signed by its own key.
 */

/** 2^255 − 19. */
const FIELD_PRIME = 2n ** 255n - 19n;

/** The y coordinates of the eight points whose order divides eight (orders 1, 2, 4 and 8), with either sign of x. */
const SMALL_ORDER_YS: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  FIELD_PRIME - 1n,
  littleEndian("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
  littleEndian("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
]);

/** What is wrong with an encoded point of edwards25519 (RFC 8032 section 5.1.2). Undefined when nothing is known. */
export function weaknessOfPoint(encoded: Der): string | undefined {
  const octets = Buffer.from(encoded);
  // The top bit is the sign of x.
  octets[31] = (octets[31] ?? 0) & 0x7f;
  const y = littleEndian(octets.toString("hex"));
  if (y >= FIELD_PRIME) return "its point is not in its shortest form (RFC 8032 section 5.1.3)";
  return SMALL_ORDER_YS.has(y) ? "its point has a small order" : undefined;
}

function littleEndian(hex: string): bigint {
  return BigInt(`0x${Buffer.from(hex, "hex").reverse().toString("hex")}`);
}

import type { KeyObject } from "node:crypto";
import { p256, p384 } from "@noble/curves/nist.js";

const CURVES = { "P-256": p256, "P-384": p384 } as const;

/**
 * ECDSA over a digest that is given → Ecdsa-Sig-Value in DER (RFC 3279 section 2.2.3).
 *
 * `node:crypto` signs messages only: without the name of a hash it takes its default one and hashes the digest again.
 * As with KMS, no two signatures are alike, and `s` may be in the upper half.
 */
export function signDigestWithEcdsa(digest: Uint8Array, privateKey: KeyObject): Buffer {
  const { crv, d } = privateKey.export({ format: "jwk" });
  if ((crv !== "P-256" && crv !== "P-384") || d === undefined)
    throw new Error(`no ECDSA key on P-256 or P-384: ${crv}`);
  const curve = CURVES[crv];
  const signature = curve.sign(digest, Buffer.from(d, "base64url"), {
    prehash: false,
    lowS: false,
    extraEntropy: true,
  });
  return Buffer.from(curve.Signature.fromBytes(signature).toBytes("der"));
}

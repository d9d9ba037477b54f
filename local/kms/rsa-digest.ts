import { constants, createHash, privateEncrypt, randomBytes, type KeyObject } from "node:crypto";
import { DIGEST_BYTES, type HashName } from "./signing-algorithm.ts";

/** DigestInfo up to the digest itself (RFC 8017 section 9.2, note 1). */
const DIGEST_INFO_PREFIX: Readonly<Record<HashName, Buffer>> = {
  sha256: Buffer.from("3031300d060960864801650304020105000420", "hex"),
  sha384: Buffer.from("3041300d060960864801650304020205000430", "hex"),
  sha512: Buffer.from("3051300d060960864801650304020305000440", "hex"),
};

/** RSASSA-PKCS1-v1_5 over a digest that is given (RFC 8017 section 8.2.1). */
export function signDigestWithPkcs1(digest: Uint8Array, hash: HashName, privateKey: KeyObject): Buffer {
  const digestInfo = Buffer.concat([DIGEST_INFO_PREFIX[hash], digest]);
  return privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, digestInfo);
}

/** RSASSA-PSS over a digest that is given, MGF1 with the same hash and a salt as long as the digest (RFC 8017 section 8.1.1). */
export function signDigestWithPss(digest: Uint8Array, hash: HashName, privateKey: KeyObject): Buffer {
  const modulusBits = privateKey.asymmetricKeyDetails?.modulusLength;
  if (modulusBits === undefined) throw new Error("no RSA key");
  return privateEncrypt(
    { key: privateKey, padding: constants.RSA_NO_PADDING },
    encodePss(digest, hash, Math.ceil(modulusBits / 8)),
  );
}

/** EMSA-PSS-ENCODE (RFC 8017 section 9.1.1) for a modulus of whole octets: emBits is then 8 × length − 1. */
function encodePss(digest: Uint8Array, hash: HashName, length: number): Buffer {
  const hashBytes = DIGEST_BYTES[hash];
  const salt = randomBytes(hashBytes);
  const saltedHash = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
  const dataBlock = Buffer.alloc(length - hashBytes - 1);
  dataBlock[dataBlock.length - hashBytes - 1] = 0x01;
  dataBlock.set(salt, dataBlock.length - hashBytes);
  const mask = maskGeneration1(saltedHash, hash, dataBlock.length);
  const masked = dataBlock.map((octet, index) => octet ^ (mask[index] ?? 0));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return Buffer.concat([masked, saltedHash, Uint8Array.of(0xbc)]);
}

/** MGF1 (RFC 8017 appendix B.2.1). */
function maskGeneration1(seed: Uint8Array, hash: HashName, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / DIGEST_BYTES[hash]) }, (_, counter) => {
    const counterOctets = Buffer.alloc(4);
    counterOctets.writeUInt32BE(counter);
    return createHash(hash).update(seed).update(counterOctets).digest();
  });
  return Buffer.concat(blocks).subarray(0, length);
}

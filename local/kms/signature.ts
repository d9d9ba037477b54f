import { constants, sign, type KeyObject } from "node:crypto";
import { signDigestWithEcdsa } from "./ecdsa-digest.ts";
import { KmsError, validationError } from "./kms-error.ts";
import { signDigestWithPkcs1, signDigestWithPss } from "./rsa-digest.ts";
import { DIGEST_BYTES, SIGNING_ALGORITHMS, type SigningAlgorithmName } from "./signing-algorithm.ts";

export const MESSAGE_TYPES = ["RAW", "DIGEST", "EXTERNAL_MU"] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/**
 * Signs as KMS does: ECDSA in DER, RSA as PKCS #1 has it, Ed25519 as RFC 8032 and ML-DSA as FIPS 204 has it.
 *
 * @throws KmsError when the message is not of a kind or length that the algorithm takes
 */
export function signMessage(
  message: Buffer,
  messageType: MessageType,
  algorithmName: SigningAlgorithmName,
  privateKey: KeyObject,
): Buffer {
  const { scheme } = SIGNING_ALGORITHMS[algorithmName];
  const takesDigestOnly = scheme === "ed25519-prehashed";
  const takesMessageOnly = scheme === "ed25519" || scheme === "ml-dsa";
  if (scheme === "ml-dsa" && messageType === "EXTERNAL_MU")
    // OpenSSL could (its parameter "mu"), but Node.js gives no way to it.
    throw new KmsError("UnsupportedOperationException", "The local KMS signs with ML-DSA by message type RAW only.");
  if (
    messageType === "EXTERNAL_MU" ||
    (takesDigestOnly && messageType === "RAW") ||
    (takesMessageOnly && messageType === "DIGEST")
  )
    throw validationError(`Message type ${messageType} is incompatible with algorithm ${algorithmName}.`);
  return messageType === "DIGEST"
    ? signDigest(message, algorithmName, privateKey)
    : signWholeMessage(message, algorithmName, privateKey);
}

function signDigest(digest: Buffer, algorithmName: SigningAlgorithmName, privateKey: KeyObject): Buffer {
  const { scheme, hash } = SIGNING_ALGORITHMS[algorithmName];
  if (digest.length !== DIGEST_BYTES[hash])
    throw validationError(`Digest is invalid length for algorithm ${algorithmName}.`);
  switch (scheme) {
    case "ecdsa":
      return signDigestWithEcdsa(digest, privateKey);
    case "rsa-pkcs1":
      return signDigestWithPkcs1(digest, hash, privateKey);
    case "rsa-pss":
      return signDigestWithPss(digest, hash, privateKey);
    case "ed25519":
    case "ml-dsa":
    case "ed25519-prehashed":
      // No X.509 certificate is signed with HashEdDSA (RFC 8410 section 3), so nobody here needs it.
      throw new KmsError("UnsupportedOperationException", `The local KMS does not sign with ${algorithmName}.`);
  }
}

function signWholeMessage(message: Buffer, algorithmName: SigningAlgorithmName, privateKey: KeyObject): Buffer {
  const { scheme, hash } = SIGNING_ALGORITHMS[algorithmName];
  if (scheme === "ed25519" || scheme === "ml-dsa") return sign(null, message, privateKey);
  if (scheme !== "rsa-pss") return sign(hash, message, privateKey);
  return sign(hash, message, {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
}

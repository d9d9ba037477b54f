import { sign, verify, type KeyObject } from "node:crypto";
import { parseDer, type Der } from "../asn1/der.ts";
import { encodeDer, sequence } from "../asn1/der-writer.ts";
import type { AuthorityKeySpec, MlDsaKeySpec } from "./key-type.ts";
import { objectIdentifier, OID } from "../asn1/object-identifier.ts";

export type HashName = "sha256" | "sha384" | "sha512";

interface NamedAlgorithm {
  readonly name: string;
  /**
   * The whole AlgorithmIdentifier. RSA has NULL parameters (RFC 4055 section 5). ECDSA, Ed25519 and ML-DSA have none
   * (RFC 5758 section 3.2, RFC 8410 section 3, RFC 9881 section 2).
   */
  readonly algorithmIdentifier: Der;
}

/** Signs a digest of the message. */
interface DigestAlgorithm extends NamedAlgorithm {
  readonly hash: HashName;
  readonly keyFamily: "EC" | "RSA";
}

/** Signs the message itself: the key service needs all of it. */
interface WholeMessageAlgorithm extends NamedAlgorithm {
  readonly hash: undefined;
  readonly keyFamily: "Ed25519" | MlDsaKeySpec;
}

export type SignatureAlgorithm = DigestAlgorithm | WholeMessageAlgorithm;

const NULL = encodeDer(0x05);

function ecdsa(name: string, oid: string, hash: HashName): DigestAlgorithm {
  return { name, algorithmIdentifier: sequence(objectIdentifier(oid)), hash, keyFamily: "EC" };
}

function rsa(name: string, oid: string, hash: HashName): DigestAlgorithm {
  return { name, algorithmIdentifier: sequence(objectIdentifier(oid), NULL), hash, keyFamily: "RSA" };
}

export const ECDSA_SHA256 = ecdsa("ecdsa-with-SHA256", OID.ecdsaWithSha256, "sha256");
export const ECDSA_SHA384 = ecdsa("ecdsa-with-SHA384", OID.ecdsaWithSha384, "sha384");
export const RSA_SHA256 = rsa("sha256WithRSAEncryption", OID.sha256WithRsaEncryption, "sha256");

/** PureEdDSA: it reads its message twice. HashEdDSA is not used in certificates (RFC 8410 section 3). */
export const ED25519: WholeMessageAlgorithm = {
  name: "Ed25519",
  algorithmIdentifier: sequence(objectIdentifier(OID.ed25519)),
  hash: undefined,
  keyFamily: "Ed25519",
};

/** Pure ML-DSA with no context (RFC 9881 section 3). */
function mlDsa(keySpec: MlDsaKeySpec, oid: string): WholeMessageAlgorithm {
  return {
    name: keySpec,
    algorithmIdentifier: sequence(objectIdentifier(oid)),
    hash: undefined,
    keyFamily: keySpec,
  };
}

const ML_DSA: Readonly<Record<MlDsaKeySpec, WholeMessageAlgorithm>> = {
  "ML-DSA-44": mlDsa("ML-DSA-44", OID.mlDsa44),
  "ML-DSA-65": mlDsa("ML-DSA-65", OID.mlDsa65),
  "ML-DSA-87": mlDsa("ML-DSA-87", OID.mlDsa87),
};

/** The algorithms that may sign a CSR. SHA-1 and MD5 are missing; so is PSS, because no known node uses it. */
const ACCEPTED: readonly SignatureAlgorithm[] = [
  ECDSA_SHA256,
  ECDSA_SHA384,
  ecdsa("ecdsa-with-SHA512", OID.ecdsaWithSha512, "sha512"),
  RSA_SHA256,
  rsa("sha384WithRSAEncryption", OID.sha384WithRsaEncryption, "sha384"),
  rsa("sha512WithRSAEncryption", OID.sha512WithRsaEncryption, "sha512"),
  ED25519,
];

export const ACCEPTED_NAMES = ACCEPTED.map(({ name }) => name);

/** The algorithms that may sign a CA's certificate. */
const ACCEPTED_OF_CAS: readonly SignatureAlgorithm[] = [...ACCEPTED, ...Object.values(ML_DSA)];

export const ACCEPTED_NAMES_OF_CAS = ACCEPTED_OF_CAS.map(({ name }) => name);

/** Compares the whole AlgorithmIdentifier, so that unusual parameters do not match. */
export function acceptedAlgorithm(algorithmIdentifier: Uint8Array): SignatureAlgorithm | undefined {
  return ACCEPTED.find((accepted) => Buffer.compare(accepted.algorithmIdentifier, algorithmIdentifier) === 0);
}

/**
 * The algorithms with the parameters that they should not have. RFC 4055 section 5 lets RSA go without its NULL. ECDSA
 * with one (RFC 5758 section 3.2 forbids it) is what Mbed TLS writes. Either says the same, and nothing else does.
 */
const OTHER_FORMS: readonly SignatureAlgorithm[] = [
  ...ACCEPTED.filter(({ keyFamily }) => keyFamily === "EC").map((algorithm) => withParameters(algorithm, NULL)),
  ...ACCEPTED.filter(({ keyFamily }) => keyFamily === "RSA").map((algorithm) => withParameters(algorithm)),
];

function withParameters(algorithm: SignatureAlgorithm, ...parameters: readonly Der[]): SignatureAlgorithm {
  const [oid] = parseDer(algorithm.algorithmIdentifier).children;
  return { ...algorithm, algorithmIdentifier: sequence(...(oid === undefined ? [] : [oid.encoded]), ...parameters) };
}

/** The same for a CSR, with or without NULL parameters. */
export function algorithmOfRequest(algorithmIdentifier: Uint8Array): SignatureAlgorithm | undefined {
  return (
    acceptedAlgorithm(algorithmIdentifier) ??
    OTHER_FORMS.find((form) => Buffer.compare(form.algorithmIdentifier, algorithmIdentifier) === 0)
  );
}

/** The same for a CA's certificate. */
export function acceptedAlgorithmOfCa(algorithmIdentifier: Uint8Array): SignatureAlgorithm | undefined {
  return ACCEPTED_OF_CAS.find((accepted) => Buffer.compare(accepted.algorithmIdentifier, algorithmIdentifier) === 0);
}

const ISSUING_ALGORITHMS: Readonly<Record<AuthorityKeySpec, SignatureAlgorithm>> = {
  "P-256": ECDSA_SHA256,
  "P-384": ECDSA_SHA384,
  "RSA-2048": RSA_SHA256,
  "RSA-3072": RSA_SHA256,
  "RSA-4096": RSA_SHA256,
  Ed25519: ED25519,
  ...ML_DSA,
};

/** The algorithm with which a CA key of this type signs certificates. The hash fits the key's strength. */
export function issuingAlgorithm(keyType: AuthorityKeySpec): SignatureAlgorithm {
  return ISSUING_ALGORITHMS[keyType];
}

/** The longest message that KMS signs itself, without a digest (Sign, "Message"). */
export const LONGEST_WHOLE_MESSAGE_BYTES = 4096;

export function isValidSignature(
  { hash }: SignatureAlgorithm,
  message: Uint8Array,
  publicKey: KeyObject,
  signature: Uint8Array,
): boolean {
  return verify(hash, message, publicKey, signature);
}

/** Signs with a private key in memory: tests, benchmarks and the local TLS certificate. CA keys live in KMS. */
export function signLocally({ hash }: SignatureAlgorithm, message: Uint8Array, privateKey: KeyObject): Der {
  return sign(hash, message, privateKey);
}

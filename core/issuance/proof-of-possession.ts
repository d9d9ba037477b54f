import { isSameEndpoint } from "../input/https-url.ts";
import { constants, hash, verify, type KeyObject } from "node:crypto";
import {
  authenticateCertificate,
  type AuthenticatedCertificate,
  type ExpiryRule,
  type PurposeRule,
} from "./authenticate-certificate.ts";
import type { Der } from "../asn1/der.ts";
import { sequence, unsignedInteger } from "../asn1/der-writer.ts";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { parseSubjectPublicKey } from "../keys/subject-public-key.ts";
import { RefusalError } from "../refusal.ts";
import type { KeyType } from "../keys/key-type.ts";

/** What a proof must be bound to. */
export interface ProofBinding {
  /** The URL the request was sent to. */
  readonly audience: string;
  /** Undefined for requests without one. */
  readonly csr: Der | undefined;
  /** What the body asks for beside the CSR: its other members, the proof itself aside. */
  readonly request: Readonly<Record<string, unknown>>;
}

/** `exp` may be this much later than `iat`. */
export const MAX_PROOF_LIFETIME_SECONDS = 300;
/** `iat` may be this far in the future: clocks of fresh machines are wrong in both directions. */
const CLOCK_SKEW_SECONDS = 60;
/** Header, an RSA-4096 certificate in base64 twice over, claims, signature. */
const MAX_PROOF_CHARACTERS = 12 * 1024;

export const PROOF_TYPE = "nodeseal-proof+jwt";

interface ProofAlgorithm {
  readonly fits: readonly KeyType[];
  readonly verify: (message: Buffer, publicKey: KeyObject, signature: Buffer) => boolean;
}

/** RFC 7518, and RFC 8037 for EdDSA. Each algorithm is bound to its key types, so that none can be talked into another. */
const ALGORITHMS: Readonly<Record<string, ProofAlgorithm>> = {
  ES256: { fits: ["P-256"], verify: ecdsa("sha256", 32) },
  ES384: { fits: ["P-384"], verify: ecdsa("sha384", 48) },
  RS256: {
    fits: ["RSA-2048", "RSA-3072", "RSA-4096"],
    verify: (message, publicKey, signature) => verify("sha256", message, publicKey, signature),
  },
  PS256: {
    fits: ["RSA-2048", "RSA-3072", "RSA-4096"],
    verify: (message, key, signature) =>
      verify("sha256", message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature),
  },
  EdDSA: {
    fits: ["Ed25519"],
    // Over the message itself: EdDSA brings its own hash.
    verify: (message, publicKey, signature) => verify(null, message, publicKey, signature),
  },
};

/**
 * RFC 7518 section 3.4: R and S, of so many octets each. Node reads that form too, but only when the key comes in an object
 * with options, and then asks by two thrown errors what it is: half of what the verification costs (`loadPublicKey`).
 */
function ecdsa(hashName: string, octets: number): ProofAlgorithm["verify"] {
  return (message, publicKey, signature) => {
    if (signature.length !== 2 * octets) return false;
    const [r, s] = [signature.subarray(0, octets), signature.subarray(octets)];
    return verify(hashName, message, publicKey, sequence(unsignedInteger(r), unsignedInteger(s)));
  };
}

/**
 * Checks that the sender holds the key of a certificate of ours, now, for this endpoint and this CSR: a compact JWS
 * (RFC 7515) with the certificate in `x5c`. A copy of it buys nothing: it is good for one CSR, whose key the copier lacks.
 *
 * @throws RefusalError `invalid_proof`
 */
export function authenticateProof(
  proof: string,
  binding: ProofBinding,
  directory: IssuerDirectory,
  now: Date,
  expiryRule: ExpiryRule = "refused",
  purposeRule: PurposeRule = "client",
): AuthenticatedCertificate {
  if (proof.length > MAX_PROOF_CHARACTERS)
    throw refuse(`it has ${proof.length} characters, allowed are ${MAX_PROOF_CHARACTERS}`);
  const [header64, claims64, signature64, ...rest] = proof.split(".");
  if (header64 === undefined || claims64 === undefined || signature64 === undefined || rest.length > 0) {
    throw refuse("it is not a compact JWS");
  }
  const { alg, typ, x5c, ...foreign } = jsonObject(header64, "header");
  if (typ !== PROOF_TYPE) throw refuse(`its type must be "${PROOF_TYPE}"`);
  if (Object.keys(foreign).length > 0) throw refuse("its header may hold alg, typ and x5c only");
  const authenticated = authenticateCertificate(leafOf(x5c), directory, now, "invalid_proof", expiryRule, purposeRule);
  const { keyType, publicKey } = parseSubjectPublicKey(authenticated.certificate.spki);
  const algorithm = typeof alg === "string" && Object.hasOwn(ALGORITHMS, alg) ? ALGORITHMS[alg] : undefined;
  if (!algorithm?.fits.includes(keyType)) throw refuse(`its algorithm does not fit the certificate's ${keyType} key`);
  const message = Buffer.from(`${header64}.${claims64}`, "latin1");
  if (!algorithm.verify(message, publicKey, base64url(signature64))) throw refuse("its signature does not verify");
  const claims = jsonObject(claims64, "claims");
  assertClaims(claims, binding, now);
  return { ...authenticated, bindsRequest: claims["request"] !== undefined };
}

function assertClaims(claims: Record<string, unknown>, { audience, csr, request }: ProofBinding, now: Date): void {
  const { aud, iat, exp, jti } = claims;
  const nowSeconds = now.getTime() / 1000;
  // Agents sign the address as it was typed for them: with the default port, in capitals, with a final dot.
  if (typeof aud !== "string" || !isSameEndpoint(aud, audience)) throw refuse(`its audience must be ${audience}`);
  if (!isNumericDate(iat) || !isNumericDate(exp) || typeof jti !== "string")
    throw refuse("it must hold iat, exp and jti");
  if (exp - iat > MAX_PROOF_LIFETIME_SECONDS || exp <= iat)
    throw refuse(`it may be valid for ${MAX_PROOF_LIFETIME_SECONDS} seconds at most`);
  if (exp <= nowSeconds)
    throw refuse(`it expired at ${new Date(exp * 1000).toISOString()}; the service's time is ${now.toISOString()}`);
  if (iat > nowSeconds + CLOCK_SKEW_SECONDS)
    throw refuse(`it was made in the future; the service's time is ${now.toISOString()}`);
  if (csr !== undefined && claims["csr_sha256"] !== hash("sha256", csr, "base64url"))
    throw refuse("it was made for another CSR");
  // Agents before 0.2 make proofs without this claim, accepted until 0.3: see `intentOf` in renew.ts for what guards them.
  if (claims["request"] !== undefined) assertSameRequest(claims["request"], request);
}

/**
 * The claim repeats what the body asks for, member by member and nothing else: a member that is added, dropped or changed
 * on the way is another request. An absent member and its default are two different things here.
 */
function assertSameRequest(claimed: unknown, request: ProofBinding["request"]): void {
  if (typeof claimed !== "object" || claimed === null || Array.isArray(claimed))
    throw refuse("its claim request must be an object");
  const wanted = new Map(Object.entries(request).filter(([, value]) => value !== undefined));
  const given = new Map(Object.entries(claimed));
  const other = [...new Set([...given.keys(), ...wanted.keys()])].find(
    (member) => JSON.stringify(given.get(member)) !== JSON.stringify(wanted.get(member)),
  );
  if (other !== undefined) throw refuse(`it was made for another request: its ${quoted(other)} is not the body's`);
}

/** The claim's members are the sender's choice. */
function quoted(member: string): string {
  return /^[A-Za-z]{1,32}$/.test(member) ? member : "claim request";
}

/** The last second that a Date can hold. JSON has numbers beyond it, and beyond every double. */
const MAX_NUMERIC_DATE = 8.64e12;

/** Seconds since 1970 (RFC 7519 section 2). */
function isNumericDate(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= MAX_NUMERIC_DATE;
}

function leafOf(x5c: unknown): Der {
  const leaf: unknown = Array.isArray(x5c) ? x5c[0] : undefined;
  if (typeof leaf !== "string") throw refuse("its header must hold the certificate in x5c");
  const der = Buffer.from(leaf, "base64");
  if (der.toString("base64") !== leaf) throw refuse("the certificate in x5c is not base64");
  return der;
}

function jsonObject(text: string, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(base64url(text).toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    if (error instanceof RefusalError) throw error;
  }
  throw refuse(`its ${what} is not a JSON object`);
}

function base64url(text: string): Buffer {
  const octets = Buffer.from(text, "base64url");
  if (octets.toString("base64url") !== text) throw refuse("a part of it is not base64url");
  return octets;
}

function refuse(why: string): RefusalError {
  return new RefusalError("invalid_proof", `the proof of possession is not accepted: ${why}`, { field: "proof" });
}

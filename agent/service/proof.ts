import { createHash, randomUUID, sign } from "node:crypto";
import type { KeyType } from "../../core/keys/key-type.ts";
import type { CertificatePair } from "../directory/certificate-pair.ts";

/** Five minutes are allowed; a proof lives for one request. */
const PROOF_LIFETIME_SECONDS = 120;

export interface ProofOptions {
  /** The endpoint's whole URL: a proof for one is worth nothing at another. */
  readonly audience: string;
  /** By the service's clock. */
  readonly issuedAt: Date;
  /** The request it speaks for; without one (a confirmation) nothing is asked for. */
  readonly csrDer?: Uint8Array | undefined;
  /** The other members of the request's body: the proof vouches for these, and for no others. */
  readonly request?: Readonly<Record<string, unknown>>;
}

/** RFC 7518 section 3.1, and RFC 8037 section 3.1 for EdDSA, which has no hash to choose. ECDSA in JWS is `r || s`, not DER. */
const ALGORITHMS: Readonly<Record<KeyType, { alg: string; hash: string | null }>> = {
  "P-256": { alg: "ES256", hash: "sha256" },
  "P-384": { alg: "ES384", hash: "sha384" },
  "RSA-2048": { alg: "RS256", hash: "sha256" },
  "RSA-3072": { alg: "RS256", hash: "sha256" },
  "RSA-4096": { alg: "RS256", hash: "sha256" },
  Ed25519: { alg: "EdDSA", hash: null },
};

/** A compact JWS (RFC 7515) by which the holder of a certificate shows its key (API.md section 2). */
export function buildProof(
  { leaf, keyPair }: CertificatePair,
  { audience, issuedAt, csrDer, request = {} }: ProofOptions,
): string {
  const { alg, hash } = ALGORITHMS[keyPair.keyType];
  const issuedAtSeconds = Math.floor(issuedAt.getTime() / 1000);
  const header = { alg, typ: "nodeseal-proof+jwt", x5c: [leaf.x509.raw.toString("base64")] };
  const claims = {
    aud: audience,
    iat: issuedAtSeconds,
    exp: issuedAtSeconds + PROOF_LIFETIME_SECONDS,
    jti: randomUUID(),
    ...(csrDer === undefined ? {} : { csr_sha256: createHash("sha256").update(csrDer).digest("base64url") }),
    // Always there, if only as {}: a proof without it may be sent again with other parameters.
    request,
  };
  const signingInput = `${base64urlJson(header)}.${base64urlJson(claims)}`;
  const signature = sign(hash, Buffer.from(signingInput), { key: keyPair.privateKey, dsaEncoding: "ieee-p1363" });
  return `${signingInput}.${signature.toString("base64url")}`;
}

function base64urlJson(value: object): string {
  return Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
}

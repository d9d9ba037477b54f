import { constants, sign } from "node:crypto";
import type { KeyPair } from "./key-pairs.ts";

/** A compact JWS (RFC 7515) made by hand, so that each part can be made wrong. */
export interface ProofPlan {
  readonly keyPair: KeyPair;
  readonly certificate: Uint8Array;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** What the signature is made by, whatever the header says. */
  readonly signWith?: string;
}

export function buildProof({ keyPair, certificate, header = {}, claims = {}, signWith }: ProofPlan): string {
  const alg = signWith ?? algorithmOf(keyPair);
  const x5c = [Buffer.from(certificate).toString("base64")];
  const message = `${part({ alg, typ: "nodeseal-proof+jwt", x5c, ...header })}.${part(claims)}`;
  return `${message}.${signatureBy(alg, message, keyPair).toString("base64url")}`;
}

/** Members that are undefined are left out, as JSON does. */
function part(value: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

export function algorithmOf({ privateKey }: KeyPair): string {
  if (privateKey.asymmetricKeyType === "rsa") return "RS256";
  if (privateKey.asymmetricKeyType === "ed25519") return "EdDSA";
  return privateKey.asymmetricKeyDetails?.namedCurve === "prime256v1" ? "ES256" : "ES384";
}

function signatureBy(algorithm: string, message: string, { privateKey: key }: KeyPair): Buffer {
  const octets = Buffer.from(message);
  const hash = algorithm === "ES384" ? "sha384" : "sha256";
  if (algorithm === "PS256")
    return sign(hash, octets, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  if (algorithm === "EdDSA") return sign(null, octets, key);
  if (algorithm === "RS256") return sign(hash, octets, key);
  return sign(hash, octets, { key, dsaEncoding: "ieee-p1363" });
}

import { createHmac, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { JsonWebKeys } from "../../core/attestation/identity-provider.ts";

/** An issuer of identity tokens, good and forged: signed by hand, since no library makes the forged ones. */
export interface TestKey {
  readonly kid: string;
  readonly alg: "ES256" | "ES384" | "RS256";
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function newTestKey(kid: string, alg: TestKey["alg"] = "ES256"): TestKey {
  const pair =
    alg === "RS256"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ec", { namedCurve: alg === "ES256" ? "P-256" : "P-384" });
  return { kid, alg, ...pair };
}

export function jwkOf({ kid, alg, publicKey }: TestKey): Readonly<Record<string, unknown>> {
  return { ...publicKey.export({ format: "jwk" }), kid, alg, use: "sig" };
}

export function jwksOf(...keys: readonly TestKey[]): JsonWebKeys {
  return { keys: keys.map(jwkOf) };
}

export interface TokenPlan {
  readonly key: TestKey;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Members of the header in place of the key's own; undefined leaves one out. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** The secret of an HMAC in place of the key. */
  readonly hmacSecret?: string;
  /** Of an unsigned token. */
  readonly signature?: string;
}

export function signToken({ key, claims, header, hmacSecret, signature }: TokenPlan): string {
  const text = [{ alg: key.alg, kid: key.kid, typ: "JWT", ...header }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  if (signature !== undefined) return `${text}.${signature}`;
  if (hmacSecret !== undefined) return `${text}.${createHmac("sha256", hmacSecret).update(text).digest("base64url")}`;
  const hash = key.alg === "ES384" ? "sha384" : "sha256";
  const made = sign(hash, Buffer.from(text), { key: key.privateKey, dsaEncoding: "ieee-p1363" });
  return `${text}.${made.toString("base64url")}`;
}

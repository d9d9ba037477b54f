import { createHash, createHmac } from "node:crypto";
import type { BootstrapToken } from "./bootstrap-token.ts";

/**
 * How an agent finds out, before it sends a token, whether the service knows it: the agent says the token's id and a nonce,
 * the service signs what the agent is about to trust with a key made from the token's secret. Kubernetes does so too
 * (`cluster-info`, K2), with the secret itself; here the secret is not at rest.
 */
export interface DiscoveryStatement {
  readonly tokenId: string;
  /** Where the agent asked: who passes the question on to the service gets an answer for another address. */
  readonly url: string;
  readonly nonce: string;
  readonly trustBundleSha256: string;
}

/** Long enough to be unique, and without a character that means something in JSON or a URL. */
export const DISCOVERY_NONCE = /^[A-Za-z0-9_-]{22,64}$/;

/**
 * What the service keeps for this purpose, 64 hexadecimal digits whose ASCII is the key. It neither gives the secret nor
 * the hash that a presented token is compared with, nor does that hash give it: who reads it can pass for the service, and
 * join nothing. Only for secrets made at random: anybody may ask for a signature and try secrets against it at home.
 */
export function discoveryKeyOf({ id, secret }: BootstrapToken): string {
  return createHash("sha256").update(`nodeseal discovery key ${id}.${secret}`).digest("hex");
}

/** A compact JWS. A reader makes it anew and compares the texts, so not a character may differ. */
export function signDiscovery(key: string, statement: DiscoveryStatement): string {
  const { tokenId, url, nonce, trustBundleSha256 } = statement;
  const header = base64urlJson({ alg: "HS256", kid: tokenId });
  const signedText = `${header}.${base64urlJson({ url, nonce, trust_bundle_sha256: trustBundleSha256 })}`;
  return `${signedText}.${createHmac("sha256", key).update(signedText).digest("base64url")}`;
}

/** Of the trust bundle, as its PEM goes over the wire. */
export function trustBundleDigest(pem: string): string {
  return createHash("sha256").update(pem).digest("hex");
}

function base64urlJson(value: Readonly<Record<string, string>>): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

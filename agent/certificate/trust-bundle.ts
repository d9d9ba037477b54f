import { createHash, X509Certificate } from "node:crypto";
import { encodePem, parsePemBlocks } from "../../core/asn1/pem.ts";
import { AgentError } from "../program/agent-error.ts";
import { isJsonObject, numberMember, parseJsonObject, stringMember } from "../../core/input/json-object.ts";

/** One version of the CAs whose certificates this fleet trusts. */
export interface TrustBundle {
  readonly sequence: number;
  readonly authorities: readonly X509Certificate[];
}

/** A CA as the service calls it. */
export interface NamedAuthority {
  /** Empty where it has none that could be a part of a path. */
  readonly id: string;
  readonly certificate: X509Certificate;
}

/**
 * Reads `GET /v1/trust-bundle` (API.md section 2). Only the certificates are used: their descriptions are computed
 * again.
 *
 * @throws AgentError when it is not a trust bundle
 */
export function parseTrustBundleJson(text: string): TrustBundle {
  const { sequence, authorities } = parseNamedTrustBundle(text);
  return { sequence, authorities: authorities.map(({ certificate }) => certificate) };
}

/** The same, with the ids by which their revocation lists are asked for. @throws AgentError */
export function parseNamedTrustBundle(text: string): {
  readonly sequence: number;
  readonly authorities: readonly NamedAuthority[];
} {
  const object = parseJsonObject(text);
  const sequence = object && numberMember(object, "sequence");
  const authorities = object?.["authorities"];
  if (!Number.isSafeInteger(sequence) || sequence === undefined || sequence < 0 || !Array.isArray(authorities)) {
    throw new AgentError('the service\'s trust bundle is not understood: "sequence" or "authorities" is missing');
  }
  return { sequence, authorities: authorities.map(authorityFrom) };
}

/**
 * The same as PEM, with the sequence in a header.
 *
 * @throws AgentError when it is no trust bundle
 */
export function parseTrustBundleAnswer(pem: string, sequence: string | undefined): TrustBundle {
  const authorities = certificatesOf(pem);
  if (sequence === undefined || !/^\d{1,15}$/.test(sequence) || authorities.length === 0)
    throw new AgentError("the service's trust bundle is not understood: it is no PEM, or has no sequence");
  if (authorities.some(({ ca }) => !ca)) throw notOfAuthorities();
  return { sequence: Number(sequence), authorities };
}

function notOfAuthorities(): AgentError {
  return new AgentError("the service's trust bundle holds something that is no CA certificate");
}

function authorityFrom(value: unknown): NamedAuthority {
  const object = isJsonObject(value) ? value : {};
  const certificate = certificatesOf(stringMember(object, "certificate") ?? "")[0];
  if (certificate?.ca !== true) throw notOfAuthorities();
  const id = stringMember(object, "id") ?? "";
  return { id: /^[a-z0-9][a-z0-9-]{0,62}$/.test(id) ? id : "", certificate };
}

const HEADER = /^# nodeseal trust bundle, sequence (\d{1,15})$/m;

/** PEM with the sequence in a comment line, so that one rename changes both. PEM readers skip such lines. */
export function encodeTrustBundlePem({ sequence, authorities }: TrustBundle): string {
  const blocks = authorities.map((certificate) => encodePem("CERTIFICATE", certificate.raw));
  return `# nodeseal trust bundle, sequence ${sequence}\n${blocks.join("")}`;
}

/** @returns undefined when the text is not what `encodeTrustBundlePem` wrote */
export function parseTrustBundlePem(text: string): TrustBundle | undefined {
  const sequence = HEADER.exec(text)?.[1];
  const authorities = certificatesOf(text);
  return sequence === undefined || authorities.length === 0 ? undefined : { sequence: Number(sequence), authorities };
}

/** Empty when a certificate in it is damaged. */
export function certificatesOf(pem: string): X509Certificate[] {
  try {
    return parsePemBlocks(pem, "CERTIFICATE").map((der) => new X509Certificate(der));
  } catch {
    return [];
  }
}

/** kubeadm's pin (K2.4): `sha256:` and the lower-case hexadecimal SHA-256 of the SubjectPublicKeyInfo. */
export function caCertHashOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ format: "der", type: "spki" });
  return `sha256:${createHash("sha256").update(spki).digest("hex")}`;
}

/** As kubeadm reads it: case does not matter. @returns undefined when it is no such pin */
export function parseCaCertHash(text: string): string | undefined {
  const hash = text.toLowerCase();
  return /^sha256:[0-9a-f]{64}$/.test(hash) ? hash : undefined;
}

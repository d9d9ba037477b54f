import { sign } from "node:crypto";
import { parseCertificateRequest, type CertificateRequest } from "../../core/csr/certificate-request.ts";
import type { Der } from "../../core/asn1/der.ts";
import {
  bitString,
  boolean,
  contextConstructed,
  encodeDer,
  octetString,
  sequence,
  setOf,
} from "../../core/asn1/der-writer.ts";
import { encodeDistinguishedName, subjectName } from "../../core/asn1/distinguished-name.ts";
import { objectIdentifier, OID } from "../../core/asn1/object-identifier.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { ECDSA_SHA256, ED25519, RSA_SHA256, type SignatureAlgorithm } from "../../core/keys/signature-algorithm.ts";
import { newKeyPair, sharedKeyPair, type KeyPair } from "./key-pairs.ts";

/**
 * CSRs no tool would make, put together piece by piece. Good ones for a second opinion come from openssl
 * (`openssl.ts`); these begin where tools refuse.
 */
export interface CsrPlan {
  readonly keyPair?: KeyPair;
  readonly version?: Der;
  readonly subject?: Der;
  readonly spki?: Der;
  readonly attributes?: readonly Der[];
  /** The whole of the attributes, where they are to be malformed. */
  readonly encodedAttributes?: Der;
  /** What stands beside the signature. */
  readonly algorithmIdentifier?: Der;
  /** What the signature is made with. */
  readonly hash?: string;
}

export const NODE_NAME = "n1.example";
export const NODE_SUBJECT = subjectOf(["system:nodes"], `system:node:${NODE_NAME}`);

export function subjectOf(organizations: readonly string[], commonName: string | undefined): Der {
  return encodeDistinguishedName(subjectName(organizations, commonName));
}

/** PKCS#10, signed. Whatever the plan leaves out is what a kubelet would send. */
export function buildCsr(plan: CsrPlan = {}): Der {
  const keyPair = plan.keyPair ?? sharedKeyPair("P-256");
  const info = sequence(
    plan.version ?? encodeDer(0x02, Uint8Array.of(0)),
    plan.subject ?? NODE_SUBJECT,
    plan.spki ?? keyPair.spki,
    plan.encodedAttributes ?? contextConstructed(0, ...(plan.attributes ?? [])),
  );
  return signInfo(info, { ...plan, keyPair });
}

/** What a kubelet with a new key would send for a node, as PEM. */
export function nodeCsrPem(nodeName: string): string {
  const subject = subjectOf(["system:nodes"], `system:node:${nodeName}`);
  return encodePem("CERTIFICATE REQUEST", buildCsr({ keyPair: newKeyPair("P-256"), subject }));
}

const USUAL_ALGORITHMS: Readonly<Record<string, SignatureAlgorithm>> = { rsa: RSA_SHA256, ed25519: ED25519 };

/** Signs a CertificationRequestInfo, however odd. */
export function signInfo(info: Uint8Array, { keyPair, algorithmIdentifier, hash }: CsrPlan = {}): Der {
  const { privateKey } = keyPair ?? sharedKeyPair("P-256");
  const usual = USUAL_ALGORITHMS[privateKey.asymmetricKeyType ?? ""] ?? ECDSA_SHA256;
  const signature = sign(hash ?? usual.hash, info, privateKey);
  return sequence(info, algorithmIdentifier ?? usual.algorithmIdentifier, bitString(signature));
}

export function parsedCsr(plan: CsrPlan = {}): CertificateRequest {
  return parseCertificateRequest(buildCsr(plan));
}

export function attribute(type: string, ...values: readonly Uint8Array[]): Der {
  return sequence(objectIdentifier(type), setOf(...values));
}

export function extensionRequest(...extensions: readonly Uint8Array[]): Der {
  return attribute(OID.extensionRequest, sequence(...extensions));
}

export function extension(type: string, value: Uint8Array, critical?: boolean): Der {
  const flag = critical === undefined ? [] : [boolean(critical)];
  return sequence(objectIdentifier(type), ...flag, octetString(value));
}

/** A Name of RDNs with one attribute each, in any string type. */
export function nameOf(...attributes: readonly { type: string; tag: number; content: Uint8Array | string }[]): Der {
  return sequence(
    ...attributes.map(({ type, tag, content }) =>
      setOf(sequence(objectIdentifier(type), encodeDer(tag, Buffer.from(content)))),
    ),
  );
}

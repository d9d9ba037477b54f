import { X509Certificate } from "node:crypto";
import { encodePem, parsePemBlocks, PemError } from "../../core/asn1/pem.ts";
import { encodePrivateKeyPem, parsePrivateKeyPem, type KeyPair } from "../certificate/key-pair.ts";

/** A node's certificate with the chain that leads to its CA, leaf first, and its key. */
export interface CertificatePair {
  readonly leaf: NodeCertificate;
  readonly chain: readonly X509Certificate[];
  readonly keyPair: KeyPair;
}

/** What the agent reads of a certificate. */
export interface NodeCertificate {
  readonly x509: X509Certificate;
  /** Empty when there is none, or more than one. */
  readonly commonName: string;
  /** Lower-case hexadecimal, in the service's form. */
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export function nodeCertificate(x509: X509Certificate): NodeCertificate {
  const commonNames = x509.subject.split("\n").filter((line) => line.startsWith("CN="));
  const [commonName = ""] = commonNames.length === 1 ? commonNames : [];
  return {
    x509,
    commonName: commonName.slice("CN=".length),
    serialNumber: x509.serialNumber.toLowerCase(),
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
  };
}

/** Node prints a Name with one attribute a line. */
export function describeSubject(name: string): string {
  return name.trim().split("\n").join(", ");
}

/** No chain of ours is longer than leaf, issuing CA and root. */
const MAX_CHAIN_CERTIFICATES = 10;

/** Certificates in PEM, leaf first. @returns undefined when there is none, there are too many, or one is damaged */
export function parseChainPem(pem: string): readonly X509Certificate[] | undefined {
  try {
    const chain = parsePemBlocks(pem, "CERTIFICATE").map((der) => new X509Certificate(der));
    return chain.length > 0 && chain.length <= MAX_CHAIN_CERTIFICATES ? chain : undefined;
  } catch (error) {
    if (error instanceof PemError || isOpensslError(error)) return undefined;
    throw error;
  }
}

function isOpensslError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_OSSL");
}

const PRIVATE_KEY_BLOCK = /-----BEGIN (EC |RSA |)PRIVATE KEY-----[^-]+-----END \1PRIVATE KEY-----/;

/**
 * Reads a pair that the kubelet or this agent wrote. A returned string is the reason why it is not usable, for a
 * message.
 */
export function parsePair(pem: string): CertificatePair | string {
  const chain = parseChainPem(pem);
  const [first] = chain ?? [];
  if (chain === undefined || first === undefined) return "it holds no readable certificate";
  const keyPair = parsePrivateKeyPem(PRIVATE_KEY_BLOCK.exec(pem)?.[0] ?? "");
  if (keyPair === undefined) return "it holds no readable private key";
  if (!isKeyOf(first, keyPair)) return "its key does not belong to its certificate";
  return { leaf: nodeCertificate(first), chain, keyPair };
}

export function isKeyOf(certificate: X509Certificate, { spki }: KeyPair): boolean {
  return certificate.publicKey.export({ format: "der", type: "spki" }).equals(spki);
}

/** The kubelet's own form (K8.4): all certificates, leaf first, then the key. */
export function encodePair(chain: readonly X509Certificate[], keyPair: KeyPair): string {
  return chain.map((certificate) => encodePem("CERTIFICATE", certificate.raw)).join("") + encodePrivateKeyPem(keyPair);
}

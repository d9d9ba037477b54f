import { parseAuthorityPublicKey } from "../../core/keys/authority-public-key.ts";
import { parseCertificate } from "../../core/certificate/certificate.ts";
import { describeName } from "../../core/asn1/distinguished-name.ts";
import { AUTHORITY_KEY_SPECS, isMlDsa, type AuthorityKeySpec } from "../../core/keys/key-type.ts";
import { parsePemBlocks } from "../../core/asn1/pem.ts";
import { RefusalError } from "../../core/refusal.ts";

/** The keys that truststores of API Gateway and CloudFront document. A CA outlives a decision not to use them yet. */
const TRUSTSTORE_KEY_SPECS: readonly AuthorityKeySpec[] = ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"];

/** kube-apiserver and the kubelet verify with Go's crypto/x509, which has no ML-DSA yet (Go 1.26). */
const GO_KEY_SPECS = AUTHORITY_KEY_SPECS.filter((keySpec) => !isMlDsa(keySpec));

interface Verifier {
  /** The member that needs it, and the verifier. */
  readonly name: string;
  readonly keySpecs: readonly AuthorityKeySpec[];
}

interface Consumers {
  readonly authority: {
    readonly keySpec: AuthorityKeySpec;
    readonly externalRootFiles?: readonly string[] | undefined;
  };
  readonly domains: { readonly mutualTls?: unknown };
  readonly edge?: unknown;
  readonly rolesAnywhere?: unknown;
  /** Whether there is a Kubernetes API. */
  readonly isKubernetes: boolean;
}

/**
 * Checks that every consumer of certificates can verify this service's own CAs, and the external CAs above them.
 *
 * @throws RefusalError naming the member
 */
export function assertVerifiable(
  { authority, ...consumers }: Consumers,
  externalRoots: readonly string[] | undefined,
): void {
  for (const { name, keySpecs } of verifiersOf(consumers)) {
    const allowed = `must be one of ${keySpecs.join(", ")} with ${name}`;
    if (!keySpecs.includes(authority.keySpec)) throw refused("keySpec", `${allowed}, got ${authority.keySpec}`);
    for (const [index, pem] of (externalRoots ?? []).entries()) {
      const member = authority.externalRootFiles === undefined ? "externalRootFile" : `externalRootFiles[${index}]`;
      const foreign = foreignKeyOf(pem, keySpecs);
      if (foreign !== undefined) throw refused(member, `holds ${foreign}; each key ${allowed}`);
    }
  }
}

function verifiersOf({ domains, edge, rolesAnywhere, isKubernetes }: Omit<Consumers, "authority">): Verifier[] {
  const mutualTls = { name: "domains.mutualTls (API Gateway's truststore)", keySpecs: TRUSTSTORE_KEY_SPECS };
  const cloudFront = { name: "edge (CloudFront's truststore)", keySpecs: TRUSTSTORE_KEY_SPECS };
  const kubernetes = { name: "kubernetes (Go verifies no ML-DSA)", keySpecs: GO_KEY_SPECS };
  // No page of AWS names ML-DSA for a trust anchor, nor Ed25519.
  const anywhere = { name: "rolesAnywhere (its trust anchors)", keySpecs: TRUSTSTORE_KEY_SPECS };
  return [
    ...(domains.mutualTls === undefined ? [] : [mutualTls]),
    ...(edge === undefined ? [] : [cloudFront]),
    ...(rolesAnywhere === undefined ? [] : [anywhere]),
    ...(isKubernetes ? [kubernetes] : []),
  ];
}

function foreignKeyOf(pem: string, keySpecs: readonly AuthorityKeySpec[]): string | undefined {
  for (const der of parsePemBlocks(pem, "CERTIFICATE")) {
    const { spki, subject } = parseCertificate(der);
    const { keyType } = parseAuthorityPublicKey(spki);
    if (!keySpecs.includes(keyType)) return `${JSON.stringify(describeName(subject))}, whose key is ${keyType}`;
  }
  return undefined;
}

function refused(member: string, why: string): RefusalError {
  const field = `authority.${member}`;
  return new RefusalError("malformed_request", `the configuration: "${field}" ${why}`, { field });
}

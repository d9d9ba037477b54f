import type { KeyType } from "../core/key-type.ts";
import { parseCertificate } from "../core/certificate.ts";
import { describeName } from "../core/distinguished-name.ts";
import { parsePemBlocks } from "../core/pem.ts";
import { RefusalError } from "../core/refusal.ts";
import { parseSubjectPublicKey } from "../core/subject-public-key.ts";

/** What a truststore of API Gateway or CloudFront takes, as far as they say. A CA outlives the decision to do without them. */
const TRUSTSTORE_KEY_SPECS: readonly KeyType[] = ["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"];

interface Consumers {
  readonly authority: { readonly keySpec: KeyType; readonly externalRootFiles?: readonly string[] | undefined };
  readonly domains: { readonly mutualTls?: unknown };
  readonly edge?: unknown;
}

/**
 * Whether all who are to verify certificates can: those of this service's own CAs, and of CAs outside above it.
 *
 * @throws RefusalError naming the member
 */
export function assertVerifiable(
  { authority, domains, edge }: Consumers,
  outsideRoots: readonly string[] | undefined,
): void {
  const truststores = [
    ...(domains.mutualTls === undefined ? [] : ["domains.mutualTls (API Gateway's truststore)"]),
    ...(edge === undefined ? [] : ["edge (CloudFront's truststore)"]),
  ];
  if (truststores.length === 0) return;
  const allowed = `must be one of ${TRUSTSTORE_KEY_SPECS.join(", ")} with ${truststores.join(" and ")}`;
  if (!TRUSTSTORE_KEY_SPECS.includes(authority.keySpec))
    throw refused("keySpec", `${allowed}, got ${authority.keySpec}`);
  for (const [index, pem] of (outsideRoots ?? []).entries()) {
    const member = authority.externalRootFiles === undefined ? "externalRootFile" : `externalRootFiles[${index}]`;
    const foreign = foreignKeyOf(pem);
    if (foreign !== undefined) throw refused(member, `holds ${foreign}; each key ${allowed}`);
  }
}

function foreignKeyOf(pem: string): string | undefined {
  for (const der of parsePemBlocks(pem, "CERTIFICATE")) {
    const { spki, subject } = parseCertificate(der);
    const { keyType } = parseSubjectPublicKey(spki);
    if (!TRUSTSTORE_KEY_SPECS.includes(keyType))
      return `${JSON.stringify(describeName(subject))}, whose key is ${keyType}`;
  }
  return undefined;
}

function refused(member: string, why: string): RefusalError {
  const field = `authority.${member}`;
  return new RefusalError("malformed_request", `the configuration: "${field}" ${why}`, { field });
}

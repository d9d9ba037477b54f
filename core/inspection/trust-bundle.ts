import { createHash } from "node:crypto";
import { parseCertificate } from "../certificate/certificate.ts";
import type { Der } from "../asn1/der.ts";
import { differencesOfPath } from "./certification-path.ts";
import type { Difference } from "./difference.ts";
import { differencesOfOpinion } from "./other-certificate.ts";
import { PemConverter, X509Certificate } from "./x509.ts";

/**
 * @param pem what is about to be published
 * @param certificates what it should hold: CAs that are ours, and those that an external CA brought
 */
export async function differencesOfTrustBundle(pem: string, certificates: readonly Der[]): Promise<Difference[]> {
  const blocks = PemConverter.decodeWithHeaders(pem);
  const read = blocks.map(({ type, rawData }) => `${type} ${fingerprint(new Uint8Array(rawData))}`);
  const planned = certificates.map((der) => `CERTIFICATE ${fingerprint(der)}`);
  if (read.join() !== planned.join())
    return [{ field: "the PEM text", expected: planned.join(", "), got: read.join(", ") }];
  const ours = certificates.map((der) => parseCertificate(der));
  const theirs = blocks.map(({ rawData }) => new X509Certificate(rawData));
  const differences: Difference[] = [];
  for (const [index, certificate] of theirs.entries()) {
    const own = ours[index];
    if (own === undefined) continue;
    const found = [
      ...differencesOfOpinion(certificate, own),
      ...(await differencesOfPath(certificate, theirs, own, ours)),
    ];
    differences.push(...found.map((one) => ({ ...one, field: `${certificate.subject}: ${one.field}` })));
  }
  return differences;
}

function fingerprint(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex").slice(0, 16);
}

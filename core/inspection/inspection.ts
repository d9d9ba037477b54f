import type { Audit } from "../audit/audit-event.ts";
import type { Der } from "../asn1/der.ts";
import type { RevocationListFields } from "../revocation/revocation-list.ts";
import type { IssuerFields } from "../certificate/tbs-certificate.ts";
import type { CaPlan } from "./ca-certificate.ts";
import { InspectionError, summaryOf, type Difference } from "./difference.ts";

/*
 * CA certificates and revocation lists cannot be taken back. A second implementation, @peculiar/x509, reads each of them
 * before anybody else does. It is loaded on first use: most runs of the authority function inspect nothing.
 */

export interface InspectionServices {
  readonly audit: Audit;
}

/** @param der unsigned as yet: the place of its signature is empty. @throws InspectionError */
export function inspectCaFields(services: InspectionServices, id: string, der: Der, plan: CaPlan): Promise<void> {
  return inspected(services, id, `the certificate of ${id}`, async () => {
    const { differencesOfCaCertificate } = await import("./ca-certificate.ts");
    return differencesOfCaCertificate(der, plan);
  });
}

/** All fields once more, now that it is signed, and the signature. @throws InspectionError */
export async function inspectCaCertificate(
  services: InspectionServices,
  id: string,
  der: Der,
  plan: CaPlan,
  signerSpki: Der,
): Promise<void> {
  await inspectCaFields(services, id, der, plan);
  await inspected(services, id, `the certificate of ${id}`, async () => {
    const { differencesOfSignature } = await import("./signature.ts");
    return differencesOfSignature(der, signerSpki);
  });
}

/** The list before it is signed, with all its entries. @throws InspectionError */
export function inspectCertList(
  services: InspectionServices,
  id: string,
  tbsCertList: Der,
  issuer: IssuerFields,
  fields: RevocationListFields,
): Promise<void> {
  return inspected(services, id, `revocation list ${fields.number} of ${id}`, async () => {
    const { differencesOfCertList } = await import("./revocation-list.ts");
    return differencesOfCertList(tbsCertList, issuer, fields);
  });
}

/** That the signed list is the one that was inspected, and its signature. @throws InspectionError */
export function inspectSignedList(
  services: InspectionServices,
  id: string,
  der: Der,
  tbsCertList: Der,
  signerSpki: Der,
): Promise<void> {
  return inspected(services, id, `a revocation list of ${id}`, async () => {
    const { differencesOfSignedList } = await import("./signature.ts");
    return differencesOfSignedList(der, tbsCertList, signerSpki);
  });
}

/** What nodes and servers are to trust: its text, each certificate, and the path from each to its root. @throws InspectionError */
export function inspectTrustBundle(
  services: InspectionServices,
  pem: string,
  certificates: readonly Der[],
): Promise<void> {
  return inspected(services, undefined, "the trust bundle", async () => {
    const { differencesOfTrustBundle } = await import("./trust-bundle.ts");
    return differencesOfTrustBundle(pem, certificates);
  });
}

async function inspected(
  { audit }: InspectionServices,
  authorityId: string | undefined,
  subject: string,
  inspect: () => Promise<readonly Difference[]>,
): Promise<void> {
  const differences = await inspect().catch(unreadable);
  const [first] = differences;
  if (first === undefined) return;
  audit({
    event: "inspection_failed",
    ...(authorityId === undefined ? {} : { authorityId }),
    field: first.field,
    reason: `${subject}: ${summaryOf(differences)}`,
  });
  throw new InspectionError(subject, differences);
}

/** What it cannot read at all is no less a difference. */
function unreadable(error: unknown): readonly Difference[] {
  const got = error instanceof Error ? error.message : String(error);
  return [{ field: "encoding", expected: "what @peculiar/x509 can read", got }];
}

import { childrenOf, contentOf, parseDer, TAG } from "../asn1/der.ts";
import { valuesOf } from "../asn1/distinguished-name.ts";
import { OID, objectIdentifier } from "../asn1/object-identifier.ts";
import type { Certificate } from "../certificate/certificate.ts";
import type { CertificateRequest } from "./certificate-request.ts";
import { readSubjectAltName, type RequestedExtensions } from "./requested-extensions.ts";
import { RefusalError } from "../refusal.ts";

/**
 * A renewal is for what the certificate already says: whoever holds it must not come to more groups, names or addresses by
 * it, whatever a rule would give to a first certificate. Fewer are no harm: an address that the machine has no more.
 *
 * @throws RefusalError `denied_by_policy`
 */
export function assertAddsNoNames(
  presented: Certificate,
  csr: Pick<CertificateRequest, "subject" | "extensions">,
): void {
  const held = subjectAltNamesOf(presented);
  const kinds: readonly (readonly [field: string, asked: readonly string[], had: readonly string[]])[] = [
    ["subject.organizations", valuesOf(csr.subject, OID.organization), valuesOf(presented.subject, OID.organization)],
    ["dnsNames", csr.extensions.dnsNames.map(lowerCase), held.dnsNames],
    ["ipAddresses", csr.extensions.ipAddresses, held.ipAddresses],
  ];
  for (const [field, asked, had] of kinds) {
    const added = asked.find((name) => !had.includes(name));
    if (added === undefined) continue;
    throw new RefusalError(
      "denied_by_policy",
      `a renewal may not add ${JSON.stringify(added)}: the certificate has ${had.join(", ") || "none"}; for other names ask for a first certificate`,
      { field },
    );
  }
}

function lowerCase(name: string): string {
  return name.toLowerCase();
}

const SUBJECT_ALT_NAME = objectIdentifier(OID.subjectAltName);

/** Read as a CSR's are. Of our own certificates, so other kinds of names are not in them. */
function subjectAltNamesOf({ tbsCertificate }: Certificate): Pick<RequestedExtensions, "dnsNames" | "ipAddresses"> {
  const [explicit] = childrenOf(parseDer(tbsCertificate), "the TBSCertificate", TAG.sequence, 8, 8).slice(7);
  const [list] = childrenOf(explicit, "the extensions", 0xa3, 1, 1);
  const extension = childrenOf(list, "the extensions", TAG.sequence).find(
    ({ children: [type] }) => type !== undefined && Buffer.compare(type.encoded, SUBJECT_ALT_NAME) === 0,
  );
  if (extension === undefined) return { dnsNames: [], ipAddresses: [] };
  const value = contentOf(extension.children.at(-1), "the subject alternative name", TAG.octetString);
  return readSubjectAltName(parseDer(value));
}

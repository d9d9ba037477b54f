import { parseCertificateRequestPem, type CertificateRequest } from "./certificate-request.ts";
import { DerError, parseDer } from "../asn1/der.ts";
import {
  encodeDistinguishedName,
  readDistinguishedName,
  subjectName,
  type DistinguishedName,
} from "../asn1/distinguished-name.ts";
import { ipAddressOctets, ipAddressText } from "../certificate/ip-address.ts";
import type { KeyType } from "../keys/key-type.ts";
import { profileOf } from "../certificate/profile.ts";
import { RefusalError } from "../refusal.ts";
import { NO_EXTENSIONS } from "./requested-extensions.ts";

/** All of a CSR that policy judges. */
export type RequestedCertificate = Pick<CertificateRequest, "subject" | "keyType" | "extensions">;

/** A request by its CSR, by its subject, or by the name of a node; the last two as somebody describes them. */
export interface CertificateDescription {
  readonly signerName: string;
  readonly csr?: string | undefined;
  readonly nodeName?: string | undefined;
  readonly subject?:
    | {
        readonly organizations?: readonly string[] | undefined;
        readonly commonName?: string | undefined;
      }
    | undefined;
  readonly dnsNames?: readonly string[] | undefined;
  readonly ipAddresses?: readonly string[] | undefined;
  readonly keyType?: KeyType | undefined;
}

/** @throws RefusalError as for a CSR: `bad_csr` also where no CSR could ask for the subject that is described */
export function requestedCertificateOf(description: CertificateDescription): RequestedCertificate {
  const { csr, dnsNames = [], ipAddresses = [], keyType = "P-256" } = description;
  if (csr !== undefined) return parseCertificateRequestPem(csr);
  const canonical = ipAddresses.map(
    (address) => ipAddressText(ipAddressOctets(address) ?? new Uint8Array()) ?? address,
  );
  return {
    subject: asInCsr(describedSubject(description)),
    keyType,
    extensions: { ...NO_EXTENSIONS, dnsNames, ipAddresses: canonical },
  };
}

function describedSubject({ signerName, nodeName, subject }: CertificateDescription): DistinguishedName {
  if (nodeName === undefined) return subjectName(subject?.organizations ?? [], subject?.commonName);
  const profile = profileOf(signerName);
  return subjectName(profile?.organizations ?? [], (profile?.commonNamePrefix ?? "") + nodeName);
}

/** Written and read as a CSR's would be, so that what no CSR may hold is refused here too. */
function asInCsr(subject: DistinguishedName): DistinguishedName {
  try {
    return readDistinguishedName(parseDer(encodeDistinguishedName(subject)));
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new RefusalError("bad_csr", `no CSR may ask for this subject: ${error.message}`, {
      field: "subject",
      cause: error,
    });
  }
}

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

/** The parts of a CSR that policy checks. */
export type RequestedCertificate = Pick<CertificateRequest, "subject" | "keyType" | "extensions">;

/** A request, given as a CSR, as a subject, or as the name of a node. */
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

/** @throws RefusalError as for a CSR. Also `bad_csr` for a subject that no CSR could ask for */
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

/** Encoded and parsed again like a CSR's subject, so that the same is refused. */
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

import type { DistinguishedName } from "../../core/asn1/distinguished-name.ts";
import { ipAddressOctets, ipAddressText } from "../../core/certificate/ip-address.ts";
import { openssl } from "./openssl.ts";
import { SubjectAlternativeNameExtension, type Pkcs10CertificateRequest } from "./x509.ts";

/** What others read in a CSR, in a form to compare with our own reading. */

/** The subject, one line for each attribute (`2.5.4.3=system:node:n1`), and the key in PEM; the signature verifies. */
export function readByOpenssl(csr: Uint8Array): { subject: string; publicKeyPem: string } {
  const options = ["-noout", "-verify", "-subject", "-pubkey", "-nameopt", "oid,sep_multiline,utf8"];
  const printed = openssl(["req", "-inform", "DER", ...options], csr).toString();
  const [publicKeyPem = ""] = /-----BEGIN PUBLIC KEY-----[^]+-----END PUBLIC KEY-----\n/.exec(printed) ?? [];
  const subject = printed
    .replace(publicKeyPem, "")
    .replace(/^subject=\n?/, "")
    .replace(/^ {4}/gm, "")
    // A plus sign joins the values of one RDN.
    .replace(/ \+ (?=[\d.]+=)/g, "\n")
    .trimEnd();
  return { subject, publicKeyPem };
}

export function subjectOf(name: DistinguishedName): string {
  return name.map(({ type, value }) => `${type}=${value}`).join("\n");
}

export function alternativeNamesByPeculiar(request: Pkcs10CertificateRequest) {
  const extension = request.extensions.find((candidate) => candidate instanceof SubjectAlternativeNameExtension);
  const names = extension?.names.items ?? [];
  const ofType = (wanted: string): string[] => names.filter(({ type }) => type === wanted).map(({ value }) => value);
  return {
    dnsNames: ofType("dns"),
    ipAddresses: ofType("ip").map((text) => ipAddressText(ipAddressOctets(text) ?? new Uint8Array()) ?? text),
    emailAddresses: ofType("email"),
    uris: ofType("url"),
  };
}

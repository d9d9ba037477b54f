import type { X509Certificate } from "node:crypto";
import { childrenOf, DerError, parseDer, TAG } from "../../core/asn1/der.ts";
import { readDistinguishedName, valuesOf } from "../../core/asn1/distinguished-name.ts";
import { OID } from "../../core/asn1/object-identifier.ts";
import { NODES_GROUP, NODE_USERNAME_PREFIX } from "../../core/certificate/node-name.ts";
import { readRequestedExtensions } from "../../core/csr/requested-extensions.ts";
import { AgentError } from "../program/agent-error.ts";

/** Whose a certificate is: all that a request asks for beside its key. */
export interface CertificateNames {
  readonly organizations: readonly string[];
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  /** In the form of `ip-address.ts`. */
  readonly ipAddresses: readonly string[];
}

/** The kubelet's name for the files of serving certificates, which lie beside its client certificates. */
export const SERVING_PREFIX = "kubelet-server";

/** The common name of a node's client certificate in Kubernetes (K8.3). */
export function commonNameOf(nodeName: string): string {
  return `${NODE_USERNAME_PREFIX}${nodeName}`;
}

/** The names of a kubelet's client certificate: `O=system:nodes, CN=system:node:<name>`. */
export function kubeletNames(nodeName: string): CertificateNames {
  return { organizations: [NODES_GROUP], commonName: commonNameOf(nodeName), dnsNames: [], ipAddresses: [] };
}

/**
 * The names in a certificate. They are read from its octets: Node's text forms of names are for people.
 *
 * @throws AgentError when it is not a certificate that this service could have made
 */
export function namesIn(certificate: X509Certificate): CertificateNames {
  try {
    const [tbs] = childrenOf(parseDer(certificate.raw), "the certificate", TAG.sequence, 3, 3);
    const elements = childrenOf(tbs, "the TBSCertificate", TAG.sequence, 7, 10);
    const subject = readDistinguishedName(elements[5]);
    const [extensions] = elements.at(-1)?.tag === 0xa3 ? (elements.at(-1)?.children ?? []) : [];
    const { dnsNames, ipAddresses } =
      extensions === undefined ? { dnsNames: [], ipAddresses: [] } : readRequestedExtensions(extensions);
    const [commonName = ""] = valuesOf(subject, OID.commonName);
    return { organizations: valuesOf(subject, OID.organization), commonName, dnsNames, ipAddresses };
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new AgentError(`the certificate's names are not understood: ${error.message}`, { cause: error });
  }
}

/** For a report: of a certificate whose names are not understood there is still something to say. */
export function altNamesIn(certificate: X509Certificate): Pick<CertificateNames, "dnsNames" | "ipAddresses"> {
  try {
    const { dnsNames, ipAddresses } = namesIn(certificate);
    return { dnsNames, ipAddresses };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { dnsNames: [], ipAddresses: [] };
  }
}

/** The order says nothing, neither of organizations nor of alternative names. */
export function areSameNames(one: CertificateNames, other: CertificateNames): boolean {
  return (
    one.commonName === other.commonName &&
    isSameSet(one.organizations, other.organizations) &&
    isSameSet(one.dnsNames, other.dnsNames) &&
    isSameSet(one.ipAddresses, other.ipAddresses)
  );
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  const [first, second] = [new Set(one), new Set(other)];
  return first.size === second.size && [...first].every((value) => second.has(value));
}

/** For people: `O=dev, CN=jane, DNS:a.example, IP:10.0.0.1`. */
export function describeNames({ organizations, commonName, dnsNames, ipAddresses }: CertificateNames): string {
  return [
    ...organizations.map((organization) => `O=${organization}`),
    `CN=${commonName}`,
    ...describeAltNames({ dnsNames, ipAddresses }),
  ].join(", ");
}

export function describeAltNames({
  dnsNames,
  ipAddresses,
}: Pick<CertificateNames, "dnsNames" | "ipAddresses">): string[] {
  return [...dnsNames.map((name) => `DNS:${name}`), ...ipAddresses.map((address) => `IP:${address}`)];
}

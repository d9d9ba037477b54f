import type { CertificateRequest } from "../../core/csr/certificate-request.ts";
import { parseCertificateRequest } from "../../core/csr/certificate-request.ts";
import { contextPrimitive, sequence } from "../../core/asn1/der-writer.ts";
import type { Der } from "../../core/asn1/der.ts";
import { ipAddressOctets } from "../../core/certificate/ip-address.ts";
import { KEY_TYPES, type KeyType } from "../../core/keys/key-type.ts";
import { OID } from "../../core/asn1/object-identifier.ts";
import { RULE_DEFAULTS, type PolicyRule } from "../../core/policy/policy.ts";
import { KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER } from "../../core/certificate/profile.ts";
import { buildCsr, extension, extensionRequest, subjectOf } from "./certificate-requests.ts";
import { sharedKeyPair } from "./key-pairs.ts";

/** For each profile a rule that allows it, and what a client of it would ask for. */
export interface ProfileSample {
  readonly signerName: string;
  readonly rule: PolicyRule;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** What the certificate must be good for. */
  readonly purposes: readonly ("client" | "server")[];
}

const NODE = { commonName: "system:node:n1.example" };
const NO_NAMES = { dnsNames: [], ipAddresses: [] };
const SERVER_NAMES = { dnsNames: ["n1.example", "n1.internal.example"], ipAddresses: ["10.0.0.7", "2001:db8::7"] };

export const PROFILE_SAMPLES: readonly ProfileSample[] = [
  sample(KUBELET_CLIENT_SIGNER, { ...NODE, ...NO_NAMES, purposes: ["client"] }),
  sample(KUBELET_SERVING_SIGNER, { ...NODE, ...SERVER_NAMES, purposes: ["server"] }),
  sample("kubernetes.io/kube-apiserver-client", { commonName: "deployer", ...NO_NAMES, purposes: ["client"] }, ["ci"]),
  sample("nodeseal.dev/client", { commonName: "agent-1", ...SERVER_NAMES, purposes: ["client"] }, ["agents", "eu"]),
  sample("nodeseal.dev/server", { commonName: "web", ...SERVER_NAMES, purposes: ["server"] }),
  sample("nodeseal.dev/peer", { commonName: "etcd-1", ...SERVER_NAMES, purposes: ["client", "server"] }, ["etcd"]),
];

function sample(
  signerName: string,
  asked: Omit<ProfileSample, "signerName" | "rule">,
  organizations: readonly string[] = [],
): ProfileSample {
  const rule: PolicyRule = {
    ...RULE_DEFAULTS,
    name: `allow ${signerName}`,
    group: "system:authenticated",
    signerName,
    organizations,
    keyTypes: KEY_TYPES,
    dnsNames: ["*.example"],
    ipAddresses: ["10.0.0.0/8", "2001:db8::/32"],
  };
  return { signerName, rule, ...asked };
}

/** The CSR of a sample, with a key of this type. */
export function sampleCsr(
  { rule, commonName, dnsNames, ipAddresses }: ProfileSample,
  keyType: KeyType,
): CertificateRequest {
  const organizations = commonName.startsWith("system:node:") ? ["system:nodes"] : rule.organizations;
  const names = [...dnsNames.map(dnsName), ...ipAddresses.map(ipAddress)];
  return parseCertificateRequest(
    buildCsr({
      keyPair: sharedKeyPair(keyType),
      subject: subjectOf(organizations, commonName),
      attributes: names.length === 0 ? [] : [extensionRequest(subjectAltName(...names))],
    }),
  );
}

/** The extension with these GeneralNames. */
export function subjectAltName(...names: readonly Der[]): Der {
  return extension(OID.subjectAltName, sequence(...names));
}

export function dnsName(name: string): Der {
  return contextPrimitive(2, Buffer.from(name, "latin1"));
}

export function ipAddress(text: string): Der {
  return contextPrimitive(7, ipAddressOctets(text) ?? new Uint8Array());
}

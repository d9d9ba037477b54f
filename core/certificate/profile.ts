import { isRsa, type KeyType } from "../keys/key-type.ts";
import type { NameKind } from "./name-pattern.ts";
import { faultOfNodeName, NODE_USERNAME_PREFIX, NODES_GROUP } from "./node-name.ts";

/**
 * A signer name with its rules: the limits of every certificate of this kind. Policy rules bind groups to profiles and
 * narrow them further. The `kubernetes.io` ones follow Kubernetes' own signers (pkg/apis/certificates/helpers.go).
 */
export interface Profile {
  readonly signerName: string;
  /** What comes before the name in the common name. */
  readonly commonNamePrefix: string;
  /** The only organizations allowed. Undefined leaves them to the policy rule. */
  readonly organizations: readonly string[] | undefined;
  readonly subjectAltNames: "forbidden" | "required" | "allowed";
  /** Usages that the request must contain. */
  readonly requiredUsages: readonly string[];
  /** Usages that the request may contain besides. */
  readonly optionalUsages: readonly string[];
  /** Why a name is not acceptable. Undefined when it is. */
  readonly faultOfName: (name: string) => string | undefined;
}

export const KUBELET_CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client-kubelet";
export const KUBELET_SERVING_SIGNER = "kubernetes.io/kubelet-serving";
export const SERVER_SIGNER = "nodeseal.dev/server";

const NODE = {
  commonNamePrefix: NODE_USERNAME_PREFIX,
  organizations: [NODES_GROUP],
  faultOfName: faultOfNodeName,
} as const;

const ANY_SUBJECT = {
  commonNamePrefix: "",
  organizations: undefined,
  subjectAltNames: "allowed",
  faultOfName: faultOfFreeName,
} as const;

const PROFILES: readonly Profile[] = [
  {
    ...NODE,
    signerName: KUBELET_CLIENT_SIGNER,
    subjectAltNames: "forbidden",
    requiredUsages: ["digital signature", "client auth"],
    optionalUsages: ["key encipherment"],
  },
  {
    ...NODE,
    signerName: KUBELET_SERVING_SIGNER,
    subjectAltNames: "required",
    requiredUsages: ["digital signature", "server auth"],
    optionalUsages: ["key encipherment"],
  },
  {
    ...ANY_SUBJECT,
    signerName: "kubernetes.io/kube-apiserver-client",
    requiredUsages: ["client auth"],
    optionalUsages: ["digital signature", "key encipherment"],
  },
  {
    ...ANY_SUBJECT,
    signerName: "nodeseal.dev/client",
    requiredUsages: ["digital signature", "client auth"],
    optionalUsages: ["key encipherment"],
  },
  {
    ...ANY_SUBJECT,
    signerName: SERVER_SIGNER,
    subjectAltNames: "required",
    requiredUsages: ["digital signature", "server auth"],
    optionalUsages: ["key encipherment"],
  },
  {
    ...ANY_SUBJECT,
    signerName: "nodeseal.dev/peer",
    subjectAltNames: "required",
    requiredUsages: ["digital signature", "client auth", "server auth"],
    optionalUsages: ["key encipherment"],
  },
];

/** What patterns for nodes are compared with. */
export const NODE_NAMES: NameKind = {
  what: "node names",
  faultOfName: faultOfNodeName,
  isLowerCase: true,
  hasPlaceholder: false,
  prefix: NODE_USERNAME_PREFIX,
};

/** What patterns for the names of a profile are compared with. */
export function nameKindOf({ commonNamePrefix, faultOfName }: Profile): NameKind {
  return commonNamePrefix === NODE_USERNAME_PREFIX
    ? NODE_NAMES
    : { what: "names", faultOfName, isLowerCase: false, hasPlaceholder: false, prefix: "" };
}

/** `kubernetes.io/legacy-unknown` is missing: certificates.k8s.io/v1 refuses it too. */
export const SIGNER_NAMES: readonly string[] = PROFILES.map(({ signerName }) => signerName);

export function profileOf(signerName: string): Profile | undefined {
  return PROFILES.find((profile) => profile.signerName === signerName);
}

/**
 * What a kubelet would ask for: a digital signature, which every TLS client and server needs, and key encipherment only
 * with RSA (RFC 8813 section 3). Every profile allows both.
 */
export function defaultUsages({ requiredUsages }: Profile, keyType: KeyType): readonly string[] {
  const usages = new Set(["digital signature", ...requiredUsages]);
  return isRsa(keyType) ? [...usages, "key encipherment"] : [...usages];
}

/** No colon: names that begin with `system:` belong to Kubernetes. */
const FREE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?$/;

function faultOfFreeName(name: string): string | undefined {
  return FREE_NAME.test(name)
    ? undefined
    : "the common name must have 1 to 64 characters from a-z, A-Z, 0-9, '.', '_', '@' and '-', and begin and end with a letter or digit";
}

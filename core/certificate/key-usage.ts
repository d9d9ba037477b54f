/** KeyUsage bits in their order (RFC 5280 section 4.2.1.3). */
export const KEY_USAGE_BITS = [
  "digitalSignature",
  "contentCommitment",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

export type KeyUsage = (typeof KEY_USAGE_BITS)[number];

/** The `usages` of a Kubernetes CSR that name a key usage (certificates.k8s.io/v1, K3.4). */
const KEY_USAGE_NAMES: ReadonlyMap<string, KeyUsage> = new Map(
  Object.entries({
    signing: "digitalSignature",
    "digital signature": "digitalSignature",
    "content commitment": "contentCommitment",
    "key encipherment": "keyEncipherment",
    "key agreement": "keyAgreement",
    "data encipherment": "dataEncipherment",
    "cert sign": "keyCertSign",
    "crl sign": "cRLSign",
    "encipher only": "encipherOnly",
    "decipher only": "decipherOnly",
  } as const),
);

/**
 * The `usages` that name an extended key usage, with its object identifier (RFC 5280 section 4.2.1.12 and vendors'
 * own).
 */
const EXTENDED_KEY_USAGE_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    any: "2.5.29.37.0",
    "server auth": "1.3.6.1.5.5.7.3.1",
    "client auth": "1.3.6.1.5.5.7.3.2",
    "code signing": "1.3.6.1.5.5.7.3.3",
    "email protection": "1.3.6.1.5.5.7.3.4",
    "s/mime": "1.3.6.1.5.5.7.3.4",
    "ipsec end system": "1.3.6.1.5.5.7.3.5",
    "ipsec tunnel": "1.3.6.1.5.5.7.3.6",
    "ipsec user": "1.3.6.1.5.5.7.3.7",
    timestamping: "1.3.6.1.5.5.7.3.8",
    "ocsp signing": "1.3.6.1.5.5.7.3.9",
    "microsoft sgc": "1.3.6.1.4.1.311.10.3.3",
    "netscape sgc": "2.16.840.1.113730.4.1",
  }),
);

/** Every usage a request may name, in Kubernetes' spelling. */
export const USAGE_NAMES: readonly string[] = [...KEY_USAGE_NAMES.keys(), ...EXTENDED_KEY_USAGE_NAMES.keys()];

export interface CertificateUsages {
  readonly keyUsages: readonly KeyUsage[];
  /** Dotted object identifiers. */
  readonly extendedKeyUsages: readonly string[];
}

/** Bits that an EC key's certificate must not have (RFC 8813 section 3): such a key cannot encipher. */
const NEVER_WITH_EC: readonly KeyUsage[] = ["keyEncipherment", "dataEncipherment"];

/**
 * Splits Kubernetes usages into the two extensions they stand for. Unknown names must have been refused before. Old
 * kubelets ask for `key encipherment` with EC keys too, and Kubernetes allows it. The request passes without the bit.
 */
export function certificateUsages(usages: readonly string[], hasRsaKey: boolean): CertificateUsages {
  const wanted = usages.map((usage) => KEY_USAGE_NAMES.get(usage));
  const purposes = usages
    .map((usage) => EXTENDED_KEY_USAGE_NAMES.get(usage))
    .filter((purpose) => purpose !== undefined);
  return {
    keyUsages: KEY_USAGE_BITS.filter((bit) => wanted.includes(bit) && (hasRsaKey || !NEVER_WITH_EC.includes(bit))),
    extendedKeyUsages: [...new Set(purposes)].sort(),
  };
}

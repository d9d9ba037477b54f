import type { Certificate } from "./certificate.ts";
import { childrenOf, contentOf, DerError, parseDer, TAG, type DerElement } from "../asn1/der.ts";
import { KEY_USAGE_BITS, type KeyUsage } from "./key-usage.ts";
import { dottedObjectIdentifier, OID } from "../asn1/object-identifier.ts";

/** What an external CA certificate states, beyond what `Certificate` holds. */
export interface CaExtensions {
  readonly hasCriticalConstraints: boolean;
  /** Undefined: any number of CAs may follow below. */
  readonly pathLength: number | undefined;
  readonly keyUsages: readonly KeyUsage[];
  readonly hasNameConstraints: boolean;
  /** Dotted object identifiers of critical extensions that this service does not know. */
  readonly unknownCritical: readonly string[];
}

const UNDERSTOOD: readonly string[] = [OID.keyUsage, OID.basicConstraints, OID.extendedKeyUsage];

/** @throws DerError */
export function readCaExtensions({ tbsCertificate }: Pick<Certificate, "tbsCertificate">): CaExtensions {
  const explicit = childrenOf(parseDer(tbsCertificate), "the TBSCertificate", TAG.sequence, 8, 8).at(-1);
  const [list] = childrenOf(explicit, "the extensions", 0xa3, 1, 1);
  const values = new Map<string, DerElement>();
  const critical = new Set<string>();
  for (const extension of childrenOf(list, "the extensions", TAG.sequence)) {
    const parts = childrenOf(extension, "an extension", TAG.sequence, 2, 3);
    const type = dottedObjectIdentifier(contentOf(parts[0], "an extension's type", TAG.objectIdentifier));
    values.set(type, parseDer(contentOf(parts.at(-1), "an extension's value", TAG.octetString)));
    if (parts.length === 3) critical.add(type);
  }
  return {
    hasCriticalConstraints: critical.has(OID.basicConstraints),
    pathLength: pathLengthOf(values.get(OID.basicConstraints)),
    keyUsages: keyUsagesOf(values.get(OID.keyUsage)),
    hasNameConstraints: values.has(OID.nameConstraints),
    unknownCritical: [...critical].filter((type) => !UNDERSTOOD.includes(type)),
  };
}

function pathLengthOf(constraints: DerElement | undefined): number | undefined {
  const length = constraints?.children.find(({ tag }) => tag === TAG.integer);
  if (length === undefined) return undefined;
  const octets = Buffer.from(contentOf(length, "the path length", TAG.integer));
  if (octets.length > 4 || (octets[0] ?? 0x80) >= 0x80) throw new DerError("the path length is negative or absurd");
  return octets.readUIntBE(0, octets.length);
}

function keyUsagesOf(usages: DerElement | undefined): readonly KeyUsage[] {
  if (usages === undefined) return [];
  // The first octet counts unused bits, which are zero in DER.
  const bits = contentOf(usages, "the key usage", TAG.bitString).subarray(1);
  return KEY_USAGE_BITS.filter((_, index) => ((bits[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0);
}

import { childrenOf, DerError, TAG, type Der, type DerElement } from "./der.ts";
import { directoryString, sequence, setOf } from "./der-writer.ts";
import { dottedObjectIdentifier, objectIdentifier, OID } from "./object-identifier.ts";

export interface NameAttribute {
  /** Dotted object identifier. */
  readonly type: string;
  readonly value: string;
}

/** A Name whose RDNs hold one attribute each, in order. */
export type DistinguishedName = readonly NameAttribute[];

/** RFC 5280 appendix A: ub-common-name, ub-organization-name and ub-organizational-unit-name are all 64 characters. */
export const MAX_NAME_ATTRIBUTE_CHARACTERS = 64;

const STRING_TAGS: readonly number[] = [TAG.utf8String, TAG.printableString, TAG.ia5String];

/** Control, format and separator characters: they make two names appear alike, or one name appear as two. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * Reads a Name of a certificate. Refuses multi-valued RDNs, empty RDNs, obsolete string types, invisible characters and
 * over-long values. None of them is needed, and programs are known to read them differently.
 *
 * @throws DerError
 */
export function readDistinguishedName(element: DerElement | undefined): DistinguishedName {
  return childrenOf(element, "the subject", TAG.sequence).map((rdn) =>
    readAttribute(childrenOf(rdn, "a relative distinguished name", TAG.set, 1, 1)[0]),
  );
}

/**
 * The same for the subject of a CSR. Several values of one type in one RDN are read as if each had an RDN of its own:
 * Go writes two organizations so. The certificate has one in each.
 *
 * @throws DerError
 */
export function readRequestedSubject(element: DerElement | undefined): DistinguishedName {
  return childrenOf(element, "the subject", TAG.sequence).flatMap((rdn) => {
    const attributes = childrenOf(rdn, "a relative distinguished name", TAG.set, 1).map(readAttribute);
    if (attributes.some(({ type }) => type !== attributes[0]?.type))
      throw new DerError("a relative distinguished name mixes attributes of several types; write one for each");
    return attributes;
  });
}

function readAttribute(attribute: DerElement | undefined): NameAttribute {
  const [type, value] = childrenOf(attribute, "a name attribute", TAG.sequence, 2, 2);
  if (type?.tag !== TAG.objectIdentifier || !value) throw new DerError("a name attribute has no type");
  if (!STRING_TAGS.includes(value.tag)) {
    throw new DerError("a name attribute must be a UTF8String, PrintableString or IA5String");
  }
  const text = Buffer.from(value.content).toString("utf8");
  if (INVISIBLE.test(text)) throw new DerError("a name attribute holds a control or invisible character");
  if (text.length === 0) throw new DerError("a name attribute is empty");
  const characters = Array.from(text).length;
  if (characters > MAX_NAME_ATTRIBUTE_CHARACTERS) {
    throw new DerError(
      `a name attribute has ${characters} characters, allowed are ${MAX_NAME_ATTRIBUTE_CHARACTERS} (RFC 5280, upper bounds): a node name behind "system:node:" has 52 at most`,
    );
  }
  return { type: dottedObjectIdentifier(type.content), value: text };
}

const ENCODED_TYPES = new Map<string, Der>(
  [OID.commonName, OID.organization, OID.organizationalUnit].map((type) => [type, objectIdentifier(type)]),
);

export function encodeDistinguishedName(name: DistinguishedName): Der {
  return sequence(
    ...name.map(({ type, value }) =>
      setOf(sequence(ENCODED_TYPES.get(type) ?? objectIdentifier(type), directoryString(value))),
    ),
  );
}

/** `O` values first, then `CN`: the order of Go, and therefore of Kubernetes. */
export function subjectName(organizations: readonly string[], commonName: string | undefined): DistinguishedName {
  return [
    ...organizations.map((value) => ({ type: OID.organization, value })),
    ...(commonName === undefined ? [] : [{ type: OID.commonName, value: commonName }]),
  ];
}

export function valuesOf(name: DistinguishedName, type: string): string[] {
  return name.filter((attribute) => attribute.type === type).map(({ value }) => value);
}

const SHORT_NAMES: Readonly<Record<string, string>> = {
  [OID.commonName]: "CN",
  [OID.organization]: "O",
  [OID.organizationalUnit]: "OU",
};

/** For people and logs (`O=system:nodes, CN=system:node:n1`). Never parsed again. */
export function describeName(name: DistinguishedName): string {
  return name
    .map(({ type, value }) => `${SHORT_NAMES[type] ?? type}=${value.replace(/[,+"\\<>;=]/g, "\\$&")}`)
    .join(", ");
}

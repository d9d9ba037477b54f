import { parseDer, TAG, type Der, type DerElement } from "../../core/asn1/der.ts";
import { dottedObjectIdentifier } from "../../core/asn1/object-identifier.ts";

export interface ExtensionField {
  readonly type: string;
  readonly isCritical: boolean;
  readonly value: DerElement;
}

/** A TBSCertificate taken apart by position (RFC 5280 section 4.1), without the reader under test. */
export function fieldsOf(tbsCertificate: Der) {
  const [version, serialNumber, algorithm, issuer, validity, subject, spki, extensions, ...rest] =
    parseDer(tbsCertificate).children;
  if (!version || !serialNumber || !algorithm || !issuer || !validity || !subject || !spki || !extensions)
    throw new Error("a TBSCertificate of fewer than eight fields");
  return {
    version,
    serialNumber,
    algorithm,
    issuer,
    validity,
    subject,
    spki,
    extensions: extensionsOf(extensions),
    rest,
  };
}

function extensionsOf({ children: [list] }: DerElement): ExtensionField[] {
  return (list?.children ?? []).map(({ children }) => {
    const [type, value] = [children[0], children.at(-1)];
    if (!type || !value) throw new Error("an extension without type or value");
    const critical = children.length === 3 ? children[1] : undefined;
    return {
      type: dottedObjectIdentifier(type.content),
      isCritical: critical?.tag === TAG.boolean,
      value: parseDer(value.content),
    };
  });
}

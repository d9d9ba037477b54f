import type { Der } from "../asn1/der.ts";
import { encodeDistinguishedName, type DistinguishedName } from "../asn1/distinguished-name.ts";
import { authorityKeyIdentifier, caConstraints, keyIdentifierOf, keyUsage, subjectKeyIdentifier } from "./extension.ts";
import type { SerialNumber } from "./serial-number.ts";
import type { SignatureAlgorithm } from "../keys/signature-algorithm.ts";
import { buildTbsCertificate, type IssuerFields } from "./tbs-certificate.ts";
import type { Validity } from "./validity.ts";

export interface CaFields {
  readonly serialNumber: SerialNumber;
  readonly validity: Validity;
  readonly subject: DistinguishedName;
  readonly spki: Der;
  /** How many CAs may follow below this one. */
  readonly pathLength: number;
}

/** A CA certificate signed by another CA. */
export function buildCaTbs(issuer: IssuerFields, ca: CaFields): Der {
  return buildTbsCertificate(issuer, {
    ...ca,
    subjectName: encodeDistinguishedName(ca.subject),
    extensions: [...caExtensions(ca), authorityKeyIdentifier(issuer.subjectKeyId)],
  });
}

/** A CA certificate that its own key signs. */
export function buildRootTbs(ca: CaFields, signatureAlgorithm: SignatureAlgorithm): Der {
  return buildCaTbs(selfIssuer(ca, signatureAlgorithm), ca);
}

/** What such a certificate says of its issuer. */
export function selfIssuer({ subject, spki }: CaFields, signatureAlgorithm: SignatureAlgorithm): IssuerFields {
  return { subjectName: encodeDistinguishedName(subject), subjectKeyId: keyIdentifierOf(spki), signatureAlgorithm };
}

/**
 * The extensions that a CA certificate must have besides its issuer's key identifier (RFC 5280 sections 4.2.1.2,
 * 4.2.1.3, 4.2.1.9).
 */
export function caExtensions({ spki, pathLength }: Pick<CaFields, "spki" | "pathLength">): Der[] {
  return [keyUsage(["keyCertSign", "cRLSign"]), caConstraints(pathLength), subjectKeyIdentifier(keyIdentifierOf(spki))];
}

/*
 * The one door to @peculiar/x509: no other file imports it, or the packages that it is made of. They ask for a Reflect
 * polyfill that is loaded first, and cost 100 ms and 40 MB to load (bundled 20 ms and 14 MB): other rooms load what uses this
 * file with `import()`, on first use.
 */
import "reflect-metadata";

export {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  ExtensionFactory,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  PublicKey,
  SubjectKeyIdentifierExtension,
  TextObject,
  X509Certificate,
  X509ChainBuilder,
  X509Crl,
} from "@peculiar/x509";
export { AsnConvert } from "@peculiar/asn1-schema";
export {
  AlgorithmIdentifier,
  Certificate,
  CertificateList,
  CRLNumber,
  CRLReason,
  DistributionPoint,
  DistributionPointName,
  Extension as AsnExtension,
  Extensions,
  GeneralName,
  IssuingDistributionPoint,
  Name,
  RevokedCertificate,
  TBSCertList,
  Time,
} from "@peculiar/asn1-x509";

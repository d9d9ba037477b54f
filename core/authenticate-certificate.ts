import type { Issuer } from "./authority.ts";
import { parseCertificate, type Certificate } from "./certificate.ts";
import { DerError, type Der } from "./der.ts";
import { valuesOf } from "./distinguished-name.ts";
import { AUTHENTICATED_GROUP, type Identity } from "./identity.ts";
import type { IssuerDirectory } from "./issuer-directory.ts";
import { NODE_USERNAME_PREFIX } from "./node-name.ts";
import { OID } from "./object-identifier.ts";
import { RefusalError, type RefusalCode } from "./refusal.ts";
import { isSerialNumber, type SerialNumber } from "./serial-number.ts";
import { isValidSignature } from "./signature-algorithm.ts";

/** A client certificate that one of our issuing CAs made, valid now. Whether it is the node's latest is asked of its name. */
export interface AuthenticatedCertificate {
  readonly certificate: Certificate;
  readonly serialNumber: SerialNumber;
  readonly identity: Identity & {
    readonly certificate: { readonly serialNumber: SerialNumber; readonly nodeName: string };
  };
}

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/**
 * Checks a presented certificate again, whatever the front door checked: API Gateway takes any chain in its truststore,
 * does not look at revocation, and says nothing of extended key usage.
 *
 * @throws RefusalError with the given code: `invalid_client_certificate` for mutual TLS, `invalid_proof` for a proof
 */
export function authenticateCertificate(
  der: Der,
  directory: IssuerDirectory,
  now: Date,
  code: RefusalCode,
): AuthenticatedCertificate {
  const certificate = readCertificate(der, code);
  const refuse = (why: string): RefusalError =>
    new RefusalError(code, `the client certificate is not accepted: ${why}`);
  const issuer = directory.issuing().find((candidate) => isSignedBy(certificate, candidate));
  if (issuer === undefined) throw refuse("it was not signed by an issuing CA of this service");
  if (now.getTime() < certificate.notBefore.getTime())
    throw refuse(`it is not valid before ${certificate.notBefore.toISOString()}`);
  if (now.getTime() > certificate.notAfter.getTime())
    throw refuse(`it expired at ${certificate.notAfter.toISOString()}`);
  if (!certificate.extendedKeyUsages.includes(CLIENT_AUTH)) throw refuse("it is not for client authentication");
  const { serialNumber } = certificate;
  const [commonName] = valuesOf(certificate.subject, OID.commonName);
  if (commonName === undefined) throw refuse("it has no common name");
  if (!isSerialNumber(serialNumber)) throw refuse("its serial number is not one this service gives");
  return { certificate, serialNumber, identity: identityOf(certificate, commonName, serialNumber) };
}

function readCertificate(der: Der, code: RefusalCode): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause;
    throw new RefusalError(code, `the client certificate is not accepted: ${cause.message}`, { cause });
  }
}

function isSignedBy(certificate: Certificate, issuer: Issuer): boolean {
  const { tbsCertificate, signature, signatureAlgorithm, issuerName, authorityKeyId } = certificate;
  return (
    Buffer.compare(issuer.subjectName, issuerName) === 0 &&
    authorityKeyId !== undefined &&
    Buffer.compare(issuer.subjectKeyId, authorityKeyId) === 0 &&
    Buffer.compare(issuer.signatureAlgorithm.algorithmIdentifier, signatureAlgorithm) === 0 &&
    isValidSignature(issuer.signatureAlgorithm, tbsCertificate, issuer.publicKey, signature)
  );
}

/** Kubernetes' identity of a client certificate: user name from CN, groups from O (K3.2). */
function identityOf(
  { subject }: Certificate,
  commonName: string,
  serialNumber: SerialNumber,
): AuthenticatedCertificate["identity"] {
  const nodeName = commonName.startsWith(NODE_USERNAME_PREFIX)
    ? commonName.slice(NODE_USERNAME_PREFIX.length)
    : commonName;
  return {
    username: commonName,
    groups: [...valuesOf(subject, OID.organization), AUTHENTICATED_GROUP],
    certificate: { serialNumber, nodeName },
  };
}

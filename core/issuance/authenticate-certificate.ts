import type { Issuer } from "../authority/authority.ts";
import { parseCertificate, type Certificate } from "../certificate/certificate.ts";
import { DerError, type Der } from "../asn1/der.ts";
import { valuesOf } from "../asn1/distinguished-name.ts";
import { AUTHENTICATED_GROUP, type Identity, type PresentedCertificate } from "../token/identity.ts";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { NODE_USERNAME_PREFIX } from "../certificate/node-name.ts";
import { OID } from "../asn1/object-identifier.ts";
import { RefusalError, type RefusalCode } from "../refusal.ts";
import { isSerialNumber, type SerialNumber } from "../certificate/serial-number.ts";
import { isValidSignature } from "../keys/signature-algorithm.ts";

/**
 * A certificate that one of our issuing CAs made, valid now unless its identity says otherwise. Whether it is the node's
 * latest is asked of its name.
 */
export interface AuthenticatedCertificate {
  readonly certificate: Certificate;
  readonly serialNumber: SerialNumber;
  readonly identity: Identity & { readonly certificate: PresentedCertificate };
  /** Whether the key's holder vouches for all that is asked for: by TLS, or by a proof that says so. */
  readonly bindsRequest: boolean;
  /** A server's certificate does not authenticate its holder: its key may renew and confirm it, and nothing else. */
  readonly isForClients: boolean;
}

/** Whether an expired certificate is none, or may ask to recover: its identity then says when it expired. */
export type ExpiryRule = "refused" | "recoverable";

/** Whether it must be for client authentication, or may be a server's that is to be renewed or confirmed by a proof. */
export type PurposeRule = "client" | "client or server";

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
  expiryRule: ExpiryRule = "refused",
  purposeRule: PurposeRule = "client",
): AuthenticatedCertificate {
  const certificate = readCertificate(der, code);
  const refuse = (why: string): RefusalError =>
    new RefusalError(code, `the client certificate is not accepted: ${why}`);
  const issuer = directory.issuing().find((candidate) => isSignedBy(certificate, candidate));
  if (issuer === undefined) throw refuse(whyUnknown(certificate, directory));
  if (now.getTime() < certificate.notBefore.getTime())
    throw refuse(`it is not valid before ${certificate.notBefore.toISOString()}`);
  const hasExpired = now.getTime() > certificate.notAfter.getTime();
  if (hasExpired && expiryRule === "refused") throw refuse(`it expired at ${certificate.notAfter.toISOString()}`);
  // A key whose own certificate has run out vouches for nothing any more: whoever took it since could have made this one.
  if (hasExpired && now.getTime() > issuer.notAfter.getTime())
    throw refuse(`it expired at ${certificate.notAfter.toISOString()}, and since then ${issuer.id}, which signed it`);
  const isForClients = certificate.extendedKeyUsages.includes(OID.clientAuth);
  const mayBeServers = purposeRule === "client or server" && certificate.extendedKeyUsages.includes(OID.serverAuth);
  if (!isForClients && !mayBeServers) throw refuse("it is not for client authentication");
  const { serialNumber } = certificate;
  const [commonName] = valuesOf(certificate.subject, OID.commonName);
  if (commonName === undefined) throw refuse("it has no common name");
  if (!isSerialNumber(serialNumber)) throw refuse("its serial number is not one this service gives");
  const expired = hasExpired ? { expiredAt: certificate.notAfter } : {};
  const signed = { certificate, serialNumber, issuerId: issuer.id };
  const identity = identityOf(certificate, commonName, { serialNumber, signed, ...expired });
  return { certificate, serialNumber, identity, bindsRequest: true, isForClients };
}

function whyUnknown({ issuerName }: Certificate, { bundle }: IssuerDirectory): string {
  const retired = bundle.authorities.find(
    ({ state, certificate }) =>
      state === "retired" && Buffer.compare(parseCertificate(certificate).subjectName, issuerName) === 0,
  );
  return retired === undefined
    ? "it was not signed by an issuing CA of this service that is still in use"
    : `its CA ${retired.id} has been retired; join again with a token, or an administrator can admit it (nodeseal recovery admit --authority ${retired.id})`;
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
  presented: Omit<PresentedCertificate, "nodeName">,
): AuthenticatedCertificate["identity"] {
  const nodeName = commonName.startsWith(NODE_USERNAME_PREFIX)
    ? commonName.slice(NODE_USERNAME_PREFIX.length)
    : commonName;
  return {
    username: commonName,
    groups: [...valuesOf(subject, OID.organization), AUTHENTICATED_GROUP],
    certificate: { ...presented, nodeName },
  };
}

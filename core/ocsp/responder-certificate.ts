import type { Audit } from "../audit/audit-event.ts";
import type { Issuer } from "../authority/authority.ts";
import { encodeDistinguishedName, subjectName } from "../asn1/distinguished-name.ts";
import { encodeDer } from "../asn1/der-writer.ts";
import { TAG, type Der } from "../asn1/der.ts";
import { objectIdentifier, OID } from "../asn1/object-identifier.ts";
import {
  authorityKeyIdentifier,
  END_ENTITY_CONSTRAINTS,
  extendedKeyUsage,
  extension,
  keyIdentifierOf,
  keyUsage,
  subjectKeyIdentifier,
} from "../certificate/extension.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";
import { assembleCertificate, buildTbsCertificate } from "../certificate/tbs-certificate.ts";
import { validityOf } from "../certificate/validity.ts";
import { isValidSignature } from "../keys/signature-algorithm.ts";
import type { Signer } from "../keys/signer.ts";

/** What the ids of the records begin with: infra lets node-api write items of such ids, and no others of that table. */
export const RESPONDER_ID_PREFIX = "ocsp-responder/";

/** Keeps what a CA was asked to sign for a responder, so that every signature of its key is accounted for. */
export interface ResponderStore {
  /** Records a TBSCertificate before it is signed. @throws Error when there is one of that serial number */
  reserve(serialNumber: SerialNumber, responder: { readonly tbsCertificate: Der; readonly until: Date }): Promise<void>;
  /** Records the certificate. Nobody is shown it before. */
  complete(serialNumber: SerialNumber, certificate: Der): Promise<void>;
}

export interface ResponderServices {
  readonly responders: ResponderStore;
  readonly signer: Signer;
  readonly clock: () => Date;
  readonly newSerialNumber: () => SerialNumber;
  readonly audit: Audit;
}

/** Each instance of a function makes a key of its own, so that none is ever stored; it asks the CA once in this time. */
export const RESPONDER_LIFETIME_SECONDS = 24 * 3600;

const OCSP_NO_CHECK = extension(objectIdentifier(OID.ocspNoCheck), false, encodeDer(TAG.null));

/**
 * The CA's delegation to a responder (RFC 6960 section 4.2.2.2): good for OCSP answers and for nothing else. It says
 * nocheck (4.2.2.2.1): a verifier would otherwise ask this responder about its own certificate. So it lives for a day.
 *
 * @throws RefusalError `signer_busy` when KMS is
 * @throws Error when the signature does not verify
 */
export async function certifyResponder(services: ResponderServices, issuer: Issuer, spki: Der): Promise<Der> {
  const { responders, signer, audit } = services;
  const serialNumber = services.newSerialNumber();
  const validity = validityOf(services.clock(), RESPONDER_LIFETIME_SECONDS, issuer);
  const tbsCertificate = buildTbsCertificate(issuer, {
    serialNumber,
    validity,
    subjectName: encodeDistinguishedName(subjectName(["Nodeseal"], `${issuer.id} OCSP responder`)),
    spki,
    extensions: [
      keyUsage(["digitalSignature"]),
      extendedKeyUsage([OID.ocspSigning]),
      END_ENTITY_CONSTRAINTS,
      subjectKeyIdentifier(keyIdentifierOf(spki)),
      authorityKeyIdentifier(issuer.subjectKeyId),
      OCSP_NO_CHECK,
    ],
  });
  await responders.reserve(serialNumber, { tbsCertificate, until: validity.notAfter });
  audit({ event: "ocsp_responder_reserved", authorityId: issuer.id, serialNumber });
  const { octets: signature } = await signer.sign(issuer.keyArn, issuer.signatureAlgorithm, tbsCertificate);
  if (!isValidSignature(issuer.signatureAlgorithm, tbsCertificate, issuer.publicKey, signature))
    throw new Error(`the key ${issuer.keyArn} returned a signature that does not verify`);
  const certificate = assembleCertificate(tbsCertificate, issuer.signatureAlgorithm, signature);
  await responders.complete(serialNumber, certificate);
  audit({
    event: "ocsp_responder_certified",
    authorityId: issuer.id,
    serialNumber,
    notAfter: validity.notAfter.toISOString(),
  });
  return certificate;
}

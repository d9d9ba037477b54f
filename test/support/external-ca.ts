import type { Der } from "../../core/asn1/der.ts";
import {
  caConstraints,
  keyIdentifierOf,
  keyUsage,
  authorityKeyIdentifier,
  subjectKeyIdentifier,
} from "../../core/certificate/extension.ts";
import { encodeDistinguishedName, subjectName } from "../../core/asn1/distinguished-name.ts";
import type { AuthorityKeySpec } from "../../core/keys/key-type.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import { issuingAlgorithm, signLocally, type SignatureAlgorithm } from "../../core/keys/signature-algorithm.ts";
import { assembleCertificate, buildTbsCertificate } from "../../core/certificate/tbs-certificate.ts";
import type { Validity } from "../../core/certificate/validity.ts";
import { hoursFrom, NOW } from "./authorities.ts";
import { newKeyPair, type KeyPair } from "./key-pairs.ts";

const YEAR_HOURS = 365 * 24;

/** Everything that a test may want to be wrong about a certificate. */
export interface CertificatePlan {
  readonly commonName?: string;
  readonly validity?: Validity;
  readonly keyUsage?: Der;
  readonly constraints?: Der;
  readonly subjectKeyIdentifier?: Der;
  readonly authorityKeyIdentifier?: Der;
  readonly others?: readonly Der[];
  /** Written into the certificate in place of the true one. */
  readonly algorithm?: SignatureAlgorithm;
}

export interface ExternalCaAtHand {
  readonly pem: string;
  readonly keyPair: KeyPair;
  /** What this CA makes of a key: a CA certificate in PEM. */
  readonly certify: (spki: Der, plan?: CertificatePlan) => string;
  /** Another certificate of the same key and name. */
  readonly renewed: (plan: CertificatePlan) => string;
  /** A CA below this one. */
  readonly below: (commonName: string, plan?: CertificatePlan) => ExternalCaAtHand;
}

/** Somebody else's root, with its key at hand. */
export function externalRoot(
  commonName = "Example root",
  plan: CertificatePlan = {},
  keyType: AuthorityKeySpec = "P-256",
): ExternalCaAtHand {
  const keyPair = newKeyPair(keyType);
  const validity = { notBefore: hoursFrom(NOW, -1), notAfter: hoursFrom(NOW, 20 * YEAR_HOURS) };
  const self = { commonName, keyPair, keyType };
  const fields = { commonName, validity, constraints: caConstraints(2), ...plan };
  return at(self, certificate(self, keyPair.spki, fields));
}

interface Self {
  readonly commonName: string;
  readonly keyPair: KeyPair;
  readonly keyType: AuthorityKeySpec;
}

function at(self: Self, pem: string): ExternalCaAtHand {
  return {
    pem,
    keyPair: self.keyPair,
    certify: (spki, plan = {}) => certificate(self, spki, plan),
    renewed: (plan) =>
      certificate(self, self.keyPair.spki, { commonName: self.commonName, constraints: caConstraints(2), ...plan }),
    below: (commonName, plan = {}) => {
      const keyPair = newKeyPair("P-256");
      const validity = { notBefore: hoursFrom(NOW, -1), notAfter: hoursFrom(NOW, 10 * YEAR_HOURS) };
      const pemBelow = certificate(self, keyPair.spki, {
        commonName,
        validity,
        constraints: caConstraints(1),
        ...plan,
      });
      return at({ commonName, keyPair, keyType: "P-256" }, pemBelow);
    },
  };
}

function certificate({ commonName, keyPair, keyType }: Self, spki: Der, plan: CertificatePlan): string {
  const signatureAlgorithm = plan.algorithm ?? issuingAlgorithm(keyType);
  const nameOf = (name: string): Der => encodeDistinguishedName(subjectName(["Example"], name));
  const tbs = buildTbsCertificate(
    { subjectName: nameOf(commonName), subjectKeyId: keyIdentifierOf(keyPair.spki), signatureAlgorithm },
    {
      serialNumber: randomSerialNumber(),
      validity: plan.validity ?? { notBefore: hoursFrom(NOW, -1), notAfter: hoursFrom(NOW, 5 * YEAR_HOURS) },
      subjectName: nameOf(plan.commonName ?? "Example issuing"),
      spki,
      extensions: [
        plan.keyUsage ?? keyUsage(["keyCertSign", "cRLSign"]),
        plan.constraints ?? caConstraints(0),
        plan.subjectKeyIdentifier ?? subjectKeyIdentifier(keyIdentifierOf(spki)),
        plan.authorityKeyIdentifier ?? authorityKeyIdentifier(keyIdentifierOf(keyPair.spki)),
        ...(plan.others ?? []),
      ].filter(({ length }) => length > 0),
    },
  );
  const signature = signLocally(issuingAlgorithm(keyType), tbs, keyPair.privateKey);
  return encodePem("CERTIFICATE", assembleCertificate(tbs, signatureAlgorithm, signature));
}

import { DEFAULT_AUTHORITY_PLAN } from "../../core/authority/plan.ts";
import type { AuthorityServices } from "../../core/authority/reconciliation/certify-authority.ts";
import { createFirstAuthorities } from "../../core/authority/reconciliation/create-authority.ts";
import type { Issuer, TrustBundle } from "../../core/authority/authority.ts";
import type { Der } from "../../core/asn1/der.ts";
import { issuerDirectory, type IssuerDirectory } from "../../core/authority/issuer-directory.ts";
import type { AuthorityKeySpec } from "../../core/keys/key-type.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import { signLocally } from "../../core/keys/signature-algorithm.ts";
import { assembleCertificate, buildEndEntityTbs, type EndEntity } from "../../core/certificate/tbs-certificate.ts";
import { newKeyPair, type KeyPair } from "./key-pairs.ts";

/** A fixed day, so that nothing here depends on when it is run. */
export const NOW = new Date("2030-05-05T12:00:00Z");

export interface TestAuthorities {
  readonly bundle: TrustBundle;
  readonly directory: IssuerDirectory;
  readonly issuer: Issuer;
  readonly rootCertificate: Der;
  /** Signs with the issuing key. */
  readonly certify: (tbsCertificate: Der) => Der;
}

/** A root and an issuing CA with keys of one type, made by the code that makes the real ones. */
export async function testAuthorities(keyType: AuthorityKeySpec = "P-256", now = NOW): Promise<TestAuthorities> {
  const services = authorityServices(now);
  const bundle = await createFirstAuthorities(services, { ...DEFAULT_AUTHORITY_PLAN, keySpec: keyType });
  const directory = issuerDirectory(bundle);
  const issuer = directory.active();
  const root = bundle.authorities.find(({ role }) => role === "root");
  const issuingKey = services.keyPairs.get(issuer.keyArn);
  if (root === undefined || issuingKey === undefined) throw new Error("the test authorities are incomplete");
  const certify = (tbs: Der): Der =>
    assembleCertificate(
      tbs,
      issuer.signatureAlgorithm,
      signLocally(issuer.signatureAlgorithm, tbs, issuingKey.privateKey),
    );
  return { bundle, directory, issuer, rootCertificate: root.certificate, certify };
}

/** A bundle in a variable and keys in a map. */
export function authorityServices(now = NOW): AuthorityServices & { readonly keyPairs: Map<string, KeyPair> } {
  let stored: TrustBundle | undefined;
  const reserved = new Map<string, Der>();
  const keyPairs = new Map<string, KeyPair>();
  return {
    keyPairs,
    clock: () => now,
    newSerialNumber: randomSerialNumber,
    audit: () => undefined,
    authorities: {
      read: () => Promise.resolve(stored),
      reserve: (id, tbs) => {
        const first = reserved.get(id) ?? tbs;
        reserved.set(id, first);
        return Promise.resolve(first);
      },
      write: (bundle) => {
        if (bundle.sequence !== (stored?.sequence ?? 0) + 1) return Promise.resolve(false);
        stored = bundle;
        return Promise.resolve(true);
      },
    },
    keys: {
      findOrCreateKey: (alias, keySpec) => {
        const keyPair = keyPairs.get(alias) ?? newKeyPair(keySpec);
        keyPairs.set(alias, keyPair);
        return Promise.resolve({ keyArn: alias, spki: keyPair.spki });
      },
    },
    signer: {
      sign: (keyArn, algorithm, message) => {
        const keyPair = keyPairs.get(keyArn);
        if (keyPair === undefined) return Promise.reject(new Error(`no key ${keyArn}`));
        return Promise.resolve({ octets: signLocally(algorithm, message, keyPair.privateKey), requestId: undefined });
      },
    },
  };
}

/** A kubelet's client certificate, an hour old with a week to go, but for what is said otherwise. */
export function nodeCertificate(
  { issuer, certify }: TestAuthorities,
  spki: Der,
  changes: Partial<EndEntity> = {},
): Der {
  return certify(
    buildEndEntityTbs(issuer, {
      serialNumber: randomSerialNumber(),
      validity: { notBefore: hoursFrom(NOW, -1), notAfter: hoursFrom(NOW, 24 * 7) },
      subject: [
        { type: "2.5.4.10", value: "system:nodes" },
        { type: "2.5.4.3", value: "system:node:n1.example" },
      ],
      dnsNames: [],
      ipAddresses: [],
      usages: ["digital signature", "client auth"],
      spki,
      ...changes,
    }),
  );
}

export function hoursFrom(at: Date, hours: number): Date {
  return new Date(at.getTime() + hours * 3600_000);
}

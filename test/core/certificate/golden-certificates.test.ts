import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { buildCaTbs, buildRootTbs } from "../../../core/certificate/ca-certificate.ts";
import { keyIdentifierOf } from "../../../core/certificate/extension.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { encodeDistinguishedName, subjectName } from "../../../core/asn1/distinguished-name.ts";
import { defaultUsages, profileOf } from "../../../core/certificate/profile.ts";
import type { SerialNumber } from "../../../core/certificate/serial-number.ts";
import { ECDSA_SHA256, ED25519 } from "../../../core/keys/signature-algorithm.ts";
import { assembleCertificate, buildEndEntityTbs } from "../../../core/certificate/tbs-certificate.ts";
import { PROFILE_SAMPLES } from "../../support/profile-samples.ts";

/**
 * The TBSCertificate of each profile, octet for octet. A retry signs the stored one again, so a change here is a change of
 * what the fleet gets: look at it with `openssl asn1parse`, then take over the new hexadecimal from the failure's message.
 */
interface Golden {
  readonly keys: { readonly p256: string; readonly rsa2048: string; readonly ed25519: string; readonly issuer: string };
  readonly tbsCertificates: Readonly<Record<string, string>>;
}

const golden = JSON.parse(
  readFileSync(`${import.meta.dirname}/../../fixtures/golden-tbs-certificates.json`, "utf8"),
) as Golden;
const der = (hex: string): Der => Buffer.from(hex, "hex");

const rootName = subjectName(["Nodeseal"], "golden root G1");
const issuerName = subjectName(["Nodeseal"], "golden issuing G1");
const issuer = {
  subjectName: encodeDistinguishedName(issuerName),
  subjectKeyId: keyIdentifierOf(der(golden.keys.issuer)),
  signatureAlgorithm: ECDSA_SHA256,
};
const fixed = {
  serialNumber: "a1b2c3d4e5f60718293a4b5c6d7e8f90" as SerialNumber,
  validity: { notBefore: new Date("2030-05-05T11:55:00Z"), notAfter: new Date("2030-05-12T11:55:00Z") },
};
const caFields = {
  ...fixed,
  validity: { notBefore: new Date("2030-01-01T00:00:00Z"), notAfter: new Date("2050-01-01T00:00:00Z") },
  spki: der(golden.keys.issuer),
};

const built: Record<string, () => Der> = {
  "root CA": () => buildRootTbs({ ...caFields, subject: rootName, pathLength: 1 }, ECDSA_SHA256),
  "issuing CA": () =>
    buildCaTbs(
      { ...issuer, subjectName: encodeDistinguishedName(rootName) },
      { ...caFields, subject: issuerName, pathLength: 0 },
    ),
};
const edKey = der(golden.keys.ed25519);
const edIssuer = { ...issuer, subjectKeyId: keyIdentifierOf(edKey), signatureAlgorithm: ED25519 };
built["root CA Ed25519"] = () => buildRootTbs({ ...caFields, spki: edKey, subject: rootName, pathLength: 1 }, ED25519);
built["issuing CA Ed25519"] = () =>
  buildCaTbs(
    { ...edIssuer, subjectName: encodeDistinguishedName(rootName) },
    { ...caFields, spki: edKey, subject: issuerName, pathLength: 0 },
  );
for (const { signerName, rule, commonName, dnsNames, ipAddresses } of PROFILE_SAMPLES) {
  const profile = profileOf(signerName);
  assert.ok(profile);
  for (const [keyType, hex] of [
    ["P-256", golden.keys.p256],
    ["RSA-2048", golden.keys.rsa2048],
    ["Ed25519", golden.keys.ed25519],
  ] as const) {
    const subject = subjectName(profile.organizations ?? rule.organizations, commonName);
    const usages = defaultUsages(profile, keyType);
    built[`${signerName} ${keyType}`] = () =>
      buildEndEntityTbs(keyType === "Ed25519" ? edIssuer : issuer, {
        ...fixed,
        subject,
        dnsNames,
        ipAddresses,
        usages,
        spki: der(hex),
      });
  }
}

describe("the TBSCertificate of fixed key, serial number and time", () => {
  for (const [what, build] of Object.entries(built)) {
    it(`is what it always was: ${what}`, () => {
      assert.equal(Buffer.from(build()).toString("hex"), golden.tbsCertificates[what]);
    });
  }

  it("is on file for each profile and nothing else", () => {
    assert.deepEqual(Object.keys(golden.tbsCertificates), Object.keys(built));
  });

  it("reads in node:crypto, with a signature of zeros behind it, as a certificate of its profile", () => {
    for (const { signerName, commonName, dnsNames } of PROFILE_SAMPLES) {
      const tbs = golden.tbsCertificates[`${signerName} P-256`] ?? "";
      const certificate = new X509Certificate(assembleCertificate(der(tbs), ECDSA_SHA256, Buffer.alloc(70)));
      assert.equal(certificate.serialNumber.toLowerCase(), fixed.serialNumber);
      assert.equal(certificate.subject.split("\n").at(-1), `CN=${commonName}`);
      assert.equal(certificate.issuer, "O=Nodeseal\nCN=golden issuing G1");
      assert.equal(certificate.validTo, "May 12 11:55:00 2030 GMT");
      assert.equal(certificate.subjectAltName?.includes("DNS:n1.example") ?? false, dnsNames.length > 0);
    }
  });
});

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { Der } from "../../../core/asn1/der.ts";
import { KEY_TYPES, type KeyType } from "../../../core/keys/key-type.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import { NOW, testAuthorities, type TestAuthorities } from "../../support/authorities.ts";
import { openssl, OPENSSL_SKIP, tryOpenssl, workspace } from "../../support/openssl.ts";
import { PROFILE_SAMPLES, sampleCsr, type ProfileSample } from "../../support/profile-samples.ts";
import { issuedTbs } from "../../support/pure-issuance.ts";
import { SubjectAlternativeNameExtension, X509Certificate as PeculiarCertificate } from "../../support/x509.ts";

/** Every profile × subject key × CA key, judged by code that is not ours. */
const EXTENDED_KEY_USAGES = { client: "1.3.6.1.5.5.7.3.2", server: "1.3.6.1.5.5.7.3.1" };
const PURPOSES = { client: "sslclient", server: "sslserver" };
const AT = String(NOW.getTime() / 1000);

for (const caKeyType of ["P-256", "P-384", "RSA-2048", "Ed25519"] as const) {
  describe(`certificates of a ${caKeyType} CA`, () => {
    const files = workspace();
    let authorities: TestAuthorities;
    let issued: { sample: ProfileSample; keyType: KeyType; der: Der; file: string }[];
    before(async () => {
      authorities = await testAuthorities(caKeyType);
      const { issuer, certify, rootCertificate } = authorities;
      issued = PROFILE_SAMPLES.flatMap((sample, index) =>
        KEY_TYPES.map((keyType) => {
          const der = certify(issuedTbs({ issuer, csr: sampleCsr(sample, keyType), rule: sample.rule }));
          const file = files.write(`${index}-${keyType}.pem`, encodePem("CERTIFICATE", der));
          return { sample, keyType, der, file };
        }),
      );
      files.write("root.pem", encodePem("CERTIFICATE", rootCertificate));
      files.write("issuing.pem", encodePem("CERTIFICATE", issuer.certificate.der));
    });
    after(() => files.remove());

    it("say to node:crypto what was granted", () => {
      const issuer = new X509Certificate(authorities.issuer.certificate.der);
      for (const { sample, keyType, der } of issued) {
        const certificate = new X509Certificate(der);
        const what = `${sample.signerName} ${keyType}`;
        assert.ok(certificate.verify(issuer.publicKey) && certificate.checkIssued(issuer), what);
        assert.equal(certificate.ca, false, what);
        assert.equal(certificate.issuer, issuer.subject, what);
        assert.equal(lastLine(certificate.subject), `CN=${sample.commonName}`, what);
        assert.equal(certificate.validFromDate.getTime(), NOW.getTime() - 300_000, what);
        assert.equal(certificate.validToDate.getTime(), NOW.getTime() + 7 * 86_400_000 - 300_000, what);
        assert.deepEqual(certificate.keyUsage.toSorted(), purposesOf(sample), what);
        for (const name of sample.dnsNames) assert.equal(certificate.checkHost(name, { subject: "never" }), name, what);
        for (const address of sample.ipAddresses) assert.equal(certificate.checkIP(address), address, what);
        if (sample.dnsNames.length === 0) assert.equal(certificate.subjectAltName, undefined, what);
        const spki = certificate.publicKey.export({ format: "der", type: "spki" });
        assert.deepEqual(spki, Buffer.from(sampleCsr(sample, keyType).spki), what);
        assert.ok(der.length < 4096, `${what}: ${der.length} bytes`);
      }
    });

    it("say the same to @peculiar/x509, and verify with WebCrypto", async () => {
      const issuer = new PeculiarCertificate(authorities.issuer.certificate.der);
      for (const { sample, keyType, der } of issued) {
        const certificate = new PeculiarCertificate(der);
        const what = `${sample.signerName} ${keyType}`;
        assert.ok(await certificate.verify({ publicKey: issuer, date: NOW }), what);
        assert.equal(certificate.subjectName.getField("CN").join(), sample.commonName, what);
        assert.equal(certificate.issuerName.toString(), issuer.subjectName.toString(), what);
        const names = certificate.extensions.find((one) => one instanceof SubjectAlternativeNameExtension);
        const values = names?.names.items.map(({ value }) => value) ?? [];
        assert.deepEqual(values, [...sample.dnsNames, ...sample.ipAddresses], what);
        assert.deepEqual(certificate.rawData.byteLength, der.length, what);
      }
    });

    it("verify with openssl -x509_strict for their purposes and for no other", { skip: OPENSSL_SKIP }, () => {
      const chain = ["-CAfile", files.path("root.pem"), "-untrusted", files.path("issuing.pem")];
      for (const purpose of ["client", "server"] as const) {
        const strict = ["verify", "-x509_strict", "-attime", AT, "-purpose", PURPOSES[purpose], ...chain];
        const fitting = issued.filter(({ sample }) => sample.purposes.includes(purpose)).map(({ file }) => file);
        const printed = openssl([...strict, ...fitting]).toString();
        assert.equal(printed, fitting.map((file) => `${file}: OK\n`).join(""));
        const others = issued.map(({ file }) => file).filter((file) => !fitting.includes(file));
        const { isGood, output } = tryOpenssl([...strict, ...others]);
        assert.equal(isGood, false);
        assert.doesNotMatch(output, /: OK$/m);
      }
    });

    // The extensions do not depend on the CA's key: once is enough.
    if (caKeyType !== "P-256") return;
    it("print as their profile says", { skip: OPENSSL_SKIP }, () => {
      for (const { sample, keyType, file } of issued.filter(
        ({ keyType }) => keyType === "P-256" || keyType === "RSA-2048",
      )) {
        const text = openssl(["x509", "-in", file, "-noout", "-text"]).toString();
        const keyUsage = keyType === "P-256" ? "Digital Signature" : "Digital Signature, Key Encipherment";
        assert.match(text, new RegExp(`X509v3 Key Usage: critical\\s+${keyUsage}\\n`), sample.signerName);
        assert.match(text, /X509v3 Basic Constraints: critical\s+CA:FALSE\n/);
        assert.match(text, /X509v3 Extended Key Usage: \n/);
        assert.equal(text.includes("X509v3 Subject Alternative Name: \n"), sample.dnsNames.length > 0);
        assert.match(text, /Version: 3 \(0x2\)/);
        assert.equal(text.match(/^ {12}\S.*:/gm)?.length, sample.dnsNames.length > 0 ? 10 : 9, text);
      }
    });
  });
}

function purposesOf({ purposes }: ProfileSample): string[] {
  return purposes.map((purpose) => EXTENDED_KEY_USAGES[purpose]).toSorted();
}

function lastLine(text: string): string {
  return text.split("\n").at(-1) ?? "";
}

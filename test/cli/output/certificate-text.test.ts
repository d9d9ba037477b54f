import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { certificateText } from "../../../cli/output/certificate-text.ts";
import { displayWidth } from "../../../cli/output/printable-text.ts";
import { sequence } from "../../../core/asn1/der-writer.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import { nodeCertificate, testAuthorities } from "../../support/authorities.ts";
import { unplanned } from "../../support/der-mutants.ts";
import { externalRoot } from "../../support/external-ca.ts";
import { newKeyPair } from "../../support/key-pairs.ts";
import { OPENSSL_SKIP, openssl } from "../../support/openssl.ts";

const URL = `http://crl.example/${"a".repeat(100)}`;

describe("a certificate in text", () => {
  it("has every field and extension of the whole chain", async () => {
    const authorities = await testAuthorities();
    const leaf = nodeCertificate(authorities, newKeyPair("RSA-2048").spki, {
      dnsNames: ["n1.example"],
      ipAddresses: ["10.0.0.1", "2001:db8::1"],
      revocationListUrl: URL,
    });
    const chain = [leaf, authorities.issuer.certificate.der].map((der) => encodePem("CERTIFICATE", der)).join("");
    const text = await certificateText(chain);
    for (const line of [
      /^Certificate:\n {2}Data:\n {4}Version: v3 \(2\)\n {4}Serial Number:\n/,
      /^ {4}Issuer: O=Nodeseal, CN=nodeseal issuing G1\n {4}Validity:\n {6}Not Before: Sun, 05 May 2030 11:00:00 GMT$/m,
      /^ {4}Subject: O=system:nodes, CN=system:node:n1\.example$/m,
      /^ {6}Algorithm: rsaEncryption$/m,
      /^ {6}Key Usages: critical\n {8}digitalSignature$/m,
      /^ {6}Extended Key Usages:\n {8}TLS WWW client authentication$/m,
      /^ {6}Basic Constraints: critical\n {8}CA: false$/m,
      /^ {6}Subject Key Identifier:\n {8}([0-9a-f]{2}:){15}[0-9a-f]{2}\n {8}([0-9a-f]{2}:){3}[0-9a-f]{2}$/m,
      /^ {6}Authority Key Identifier:\n {8}([0-9a-f]{2}:){15}/m,
      /^ {6}Subject Alternative Name:\n {8}DNS: n1\.example\n {8}IP: 10\.0\.0\.1\n {8}IP: 2001:db8::1$/m,
      /^ {6}CRL Distribution Points:\n {8}Distribution Point:\n {10}URL:\n/m,
      /^ {2}Signature:\n {4}Algorithm: ecdsaWithSHA256\n {4}([0-9a-f]{2}:){15}/m,
      /^ {6}Basic Constraints: critical\n {8}CA: true\n {8}Path Length: 0$/m,
    ])
      assert.match(text, line);
    assert.ok(text.replaceAll(/\n */g, "").includes(URL));
    assert.equal(text.match(/^Certificate:$/gm)?.length, 2);
    for (const line of text.split("\n")) assert.ok(displayWidth(line) <= 80, line);
  });

  for (const keySpec of ["P-256", "RSA-2048", "Ed25519", "ML-DSA-44"] as const)
    it(`is within 80 columns for a CA's ${keySpec} key`, async () => {
      const { rootCertificate } = await testAuthorities(keySpec);
      const text = await certificateText(encodePem("CERTIFICATE", rootCertificate));
      for (const line of text.split("\n")) assert.ok(displayWidth(line) <= 80, line);
      assert.match(text, /Subject: O=Nodeseal, CN=nodeseal root G1/);
    });

  it("has the same octets as openssl's", { skip: OPENSSL_SKIP }, async () => {
    const pem = encodePem("CERTIFICATE", (await testAuthorities()).rootCertificate);
    const theirs = openssl(["x509", "-noout", "-text"], Buffer.from(pem)).toString();
    const [, identifier = ""] = /Subject Key Identifier: \n +([0-9A-F:]+)/.exec(theirs) ?? [];
    const ours = (await certificateText(pem)).replaceAll(/\n */g, ":");
    assert.ok(identifier.length > 40 && ours.includes(identifier.toLowerCase()));
  });

  it("prints what it does not know in hexadecimal, and what could act on a terminal as an escape sequence", async () => {
    const others = [unplanned("1.3.6.1.4.1.55555.1", true, sequence())];
    const text = await certificateText(externalRoot("Good\u001b[2J\u202e\nRoot: evil", { others }).pem);
    assert.match(text, /^ {6}1\.3\.6\.1\.4\.1\.55555\.1: critical\n {8}30:00$/m);
    assert.match(text, /Subject: O=Example, CN=Good\\u001b\[2J\\u202e\\0ARoot: evil$/m);
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
  });

  it("says what is wrong with a text that holds none", async () => {
    await assert.rejects(certificateText("nothing"), /no certificate in PEM/);
    await assert.rejects(certificateText(encodePem("CERTIFICATE", sequence())));
  });
});

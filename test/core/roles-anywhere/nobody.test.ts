import assert from "node:assert/strict";
import { createPublicKey, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { encodePem } from "../../../core/asn1/pem.ts";
import { nobodyCertificate } from "../../../core/roles-anywhere/nobody.ts";
import { OPENSSL_SKIP, tryOpenssl, workspace } from "../../support/openssl.ts";

describe("the certificate of nobody", () => {
  it("is the same every time: CloudFormation never writes it again", () => {
    assert.deepEqual(nobodyCertificate(), nobodyCertificate());
    assert.equal(
      new X509Certificate(nobodyCertificate()).fingerprint256.replaceAll(":", "").slice(0, 16),
      "E5C6F40A4079E90E",
    );
  });

  it("is a CA's, with a key that lies on the curve", () => {
    const certificate = new X509Certificate(nobodyCertificate());
    assert.equal(certificate.ca, true);
    assert.equal(
      createPublicKey(certificate.publicKey.export({ type: "spki", format: "pem" })).asymmetricKeyType,
      "ec",
    );
    assert.notEqual(certificate.issuer, certificate.subject);
  });

  it("has not signed itself, nor anything else", () => {
    const certificate = new X509Certificate(nobodyCertificate());
    assert.equal(certificate.verify(certificate.publicKey), false);
  });

  it("is read by openssl", { skip: OPENSSL_SKIP }, () => {
    const files = workspace();
    const path = files.write("nobody.pem", encodePem("CERTIFICATE", nobodyCertificate()));
    const { output } = tryOpenssl(["x509", "-in", path, "-noout", "-text"]);
    assert.match(output, /CA:TRUE, pathlen:0/);
    assert.match(output, /Certificate Sign, CRL Sign/);
    files.remove();
  });
});

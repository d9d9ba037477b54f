import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { kubeletNames } from "../../../agent/certificate/certificate-names.ts";
import { buildCertificateRequest } from "../../../agent/certificate/certificate-request.ts";
import { encodePrivateKeyPem, parsePrivateKeyPem, randomKeyPair } from "../../../agent/certificate/key-pair.ts";
import { parseCertificateRequest } from "../../../core/csr/certificate-request.ts";
import { describeName } from "../../../core/asn1/distinguished-name.ts";
import { KEY_TYPES } from "../../../core/keys/key-type.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import * as x509 from "../../support/x509.ts";

describe("buildCertificateRequest", () => {
  for (const keyType of KEY_TYPES) {
    it(`makes a ${keyType} request that openssl, @peculiar/x509 and our own parser accept`, async () => {
      const der = buildCertificateRequest(kubeletNames("worker-1.example"), await randomKeyPair(keyType));
      const pem = encodePem("CERTIFICATE REQUEST", der);
      const subject = execFileSync("openssl", ["req", "-verify", "-noout", "-subject", "-nameopt", "RFC2253"], {
        input: pem,
        encoding: "utf8",
        stdio: ["pipe", "pipe", "ignore"],
      });
      assert.match(subject, /subject=CN=system:node:worker-1\.example,O=system:nodes/);
      assert.equal(await new x509.Pkcs10CertificateRequest(pem).verify(), true);
      const request = parseCertificateRequest(der);
      assert.equal(request.keyType, keyType);
      assert.equal(describeName(request.subject), "O=system:nodes, CN=system:node:worker-1.example");
    });
  }

  it("asks for nothing but the subject: its attributes are there and empty", async () => {
    const der = buildCertificateRequest(kubeletNames("n1"), await randomKeyPair("P-256"));
    const text = execFileSync("openssl", ["req", "-noout", "-text", "-inform", "DER"], {
      input: der,
      encoding: "utf8",
    });
    assert.match(text, /Attributes:\s*\(none\)/);
  });
});

describe("private keys on disk", () => {
  for (const [keyType, label] of [
    ["P-256", "EC PRIVATE KEY"],
    ["P-384", "EC PRIVATE KEY"],
    ["RSA-2048", "RSA PRIVATE KEY"],
  ] as const) {
    it(`have the block that Go writes for ${keyType}, and read as what was written`, async () => {
      const keyPair = await randomKeyPair(keyType);
      const pem = encodePrivateKeyPem(keyPair);
      assert.match(pem, new RegExp(`^-----BEGIN ${label}-----`));
      assert.equal(parsePrivateKeyPem(pem)?.keyType, keyType);
      assert.ok(parsePrivateKeyPem(pem)?.spki.equals(keyPair.spki));
    });
  }

  for (const [why, pem] of [
    ["nothing", ""],
    ["half a block", "-----BEGIN EC PRIVATE KEY-----\nMHcCAQ"],
    ["a key of another kind", execFileSync("openssl", ["genpkey", "-algorithm", "ed448"], { encoding: "utf8" })],
  ] as const) {
    it(`are none when the file holds ${why}`, () => assert.equal(parsePrivateKeyPem(pem), undefined));
  }
});

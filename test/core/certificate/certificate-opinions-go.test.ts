import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { KEY_TYPES } from "../../../core/keys/key-type.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import { NOW, testAuthorities } from "../../support/authorities.ts";
import { buildGoProgram, GO_SKIP } from "../../support/go-program.ts";
import { workspace } from "../../support/openssl.ts";
import { PROFILE_SAMPLES, sampleCsr } from "../../support/profile-samples.ts";
import { issuedTbs } from "../../support/pure-issuance.ts";

// kube-apiserver and the kubelet verify with Go's crypto/x509.
describe("certificates, to Go", { skip: GO_SKIP }, () => {
  const files = workspace();
  let program: string;
  before(() => {
    program = buildGoProgram(join(import.meta.dirname, "../../go/verify/main.go"), files.path("verify"));
  });
  after(() => files.remove());

  for (const caKeyType of ["P-256", "P-384", "RSA-2048", "Ed25519"] as const) {
    it(`verify for their purposes and for no other (${caKeyType} CA)`, async () => {
      const { issuer, certify, rootCertificate } = await testAuthorities(caKeyType);
      const roots = files.write("root.pem", encodePem("CERTIFICATE", rootCertificate));
      const intermediates = files.write("issuing.pem", encodePem("CERTIFICATE", issuer.certificate.der));
      const issued = PROFILE_SAMPLES.flatMap((sample, index) =>
        KEY_TYPES.map((keyType) => {
          const der = certify(issuedTbs({ issuer, csr: sampleCsr(sample, keyType), rule: sample.rule }));
          return { sample, file: files.write(`${index}-${keyType}.pem`, encodePem("CERTIFICATE", der)) };
        }),
      );
      const at = String(NOW.getTime() / 1000);
      for (const purpose of ["client", "server"] as const) {
        const leaves = issued.map(({ file }) => file);
        const printed = execFileSync(program, [roots, intermediates, at, purpose, ...leaves]).toString();
        const isVerified = printed
          .trimEnd()
          .split("\n")
          .map((line) => line.startsWith("ok "));
        assert.deepEqual(
          isVerified,
          issued.map(({ sample }) => sample.purposes.includes(purpose)),
          printed,
        );
      }
    });
  }
});

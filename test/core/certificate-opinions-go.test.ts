import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, describe, it } from "node:test";
import { KEY_TYPES } from "../../core/key-type.ts";
import { encodePem } from "../../core/pem.ts";
import { NOW, testAuthorities } from "../support/authorities.ts";
import { workspace } from "../support/openssl.ts";
import { PROFILE_SAMPLES, sampleCsr } from "../support/profile-samples.ts";
import { issuedTbs } from "../support/pure-issuance.ts";

const GO = process.env["NODESEAL_GO"];
const PROGRAM = `${import.meta.dirname}/../go/verify/main.go`;

// kube-apiserver and the kubelet verify with Go's crypto/x509, which takes a minute to compile where it never was.
describe("certificates, to Go", { skip: GO === undefined ? "NODESEAL_GO=/path/to/go runs it" : false }, () => {
  const files = workspace();
  after(() => files.remove());

  for (const caKeyType of ["P-256", "P-384", "RSA-2048", "Ed25519"] as const) {
    it(`verify for their purposes and for no other (${caKeyType} CA)`, { timeout: 300_000 }, async () => {
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
        const printed = execFileSync(GO ?? "go", [
          "run",
          PROGRAM,
          roots,
          intermediates,
          at,
          purpose,
          ...leaves,
        ]).toString();
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

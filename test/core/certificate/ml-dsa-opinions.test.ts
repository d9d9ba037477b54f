import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { after, describe, it } from "node:test";
import { parseCertificate } from "../../../core/certificate/certificate.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { ML_DSA_KEY_SPECS } from "../../../core/keys/key-type.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import { NOW, testAuthorities } from "../../support/authorities.ts";
import { openssl, tryOpenssl, workspace } from "../../support/openssl.ts";
import { PROFILE_SAMPLES, sampleCsr } from "../../support/profile-samples.ts";
import { issuedTbs } from "../../support/pure-issuance.ts";

/** CERTIFICATE ISSUER: whether pyca/cryptography thinks that the one was signed by the other, by whichever OpenSSL it brings. */
const PYTHON = `
import sys
from cryptography.x509 import load_pem_x509_certificate as load
certificate, issuer = (load(open(name, "rb").read()) for name in sys.argv[1:])
issuer.public_key().verify(certificate.signature, certificate.tbs_certificate_bytes)
print(type(issuer.public_key()).__name__, certificate.signature_algorithm_oid.dotted_string)
`;
const KNOWS_ML_DSA = "from cryptography.hazmat.primitives.asymmetric import mldsa";

const hasPython = spawnSync("python3", ["-c", KNOWS_ML_DSA], { timeout: 120_000 }).status === 0;
const PYTHON_SKIP = hasPython ? false : "python3 has no cryptography that knows ML-DSA";
const OPENSSL_SKIP = tryOpenssl(["list", "-signature-algorithms"]).output.includes("ML-DSA")
  ? false
  : "this openssl has no ML-DSA: 3.5 has";

/** FIPS 204, table 2. */
const SIGNATURE_BYTES = { "ML-DSA-44": 2420, "ML-DSA-65": 3309, "ML-DSA-87": 4627 };

for (const keySpec of ML_DSA_KEY_SPECS) {
  const { issuer, certify, rootCertificate } = await testAuthorities(keySpec);
  describe(`certificates of an ${keySpec} CA`, () => {
    const files = workspace();
    after(() => files.remove());
    const write = (name: string, der: Der): string => files.write(name, encodePem("CERTIFICATE", der));
    const root = write("root.pem", rootCertificate);
    const issuing = write("issuing.pem", issuer.certificate.der);
    const leaves = PROFILE_SAMPLES.map((sample, index) => {
      const der = certify(issuedTbs({ issuer, csr: sampleCsr(sample, "P-256"), rule: sample.rule }));
      return { der, sample, file: write(`${index}.pem`, der) };
    });

    it("verify with node:crypto, up to the root", () => {
      const [rootX509, issuingX509] = [rootCertificate, issuer.certificate.der].map((der) => new X509Certificate(der));
      assert.ok(rootX509 && issuingX509);
      assert.ok(rootX509.verify(rootX509.publicKey) && issuingX509.verify(rootX509.publicKey));
      assert.ok(issuingX509.checkIssued(rootX509));
      for (const { der } of leaves) {
        const leaf = new X509Certificate(der);
        assert.ok(leaf.verify(issuingX509.publicKey) && leaf.checkIssued(issuingX509));
        assert.equal(leaf.verify(rootX509.publicKey), false);
      }
    });

    it("are signed over no more than KMS takes, with signatures as long as the standard says", () => {
      for (const der of [rootCertificate, issuer.certificate.der, ...leaves.map((leaf) => leaf.der)]) {
        const { tbsCertificate, signature } = parseCertificate(der);
        assert.ok(tbsCertificate.length <= 4096, `${tbsCertificate.length} bytes`);
        assert.equal(signature.length, SIGNATURE_BYTES[keySpec]);
      }
    });

    it("verify with pyca/cryptography", { skip: PYTHON_SKIP }, () => {
      const judged = [[root, root], [issuing, root], ...leaves.map(({ file }) => [file, issuing])];
      for (const pair of judged) {
        const { stdout, stderr } = spawnSync("python3", ["-c", PYTHON, ...pair], {
          encoding: "utf8",
          timeout: 240_000,
        });
        assert.match(stdout, /^MLDSA\d\dPublicKey 2\.16\.840\.1\.101\.3\.4\.3\.1[789]\n$/, stderr);
      }
      const { status } = spawnSync("python3", ["-c", PYTHON, leaves[0]?.file ?? "", root], { timeout: 240_000 });
      assert.notEqual(status, 0, "by another key");
    });

    it("verify with openssl -x509_strict", { skip: OPENSSL_SKIP }, () => {
      const at = String(NOW.getTime() / 1000);
      const chain = ["-CAfile", root, "-untrusted", issuing];
      const names = leaves.map(({ file }) => file);
      const printed = openssl(["verify", "-x509_strict", "-attime", at, ...chain, ...names]).toString();
      assert.equal(printed, names.map((name) => `${name}: OK\n`).join(""));
    });
  });
}

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KEY_TYPES, ML_DSA_KEY_SPECS } from "../../../core/keys/key-type.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { parseConfiguration } from "../../../infra/configuration/configuration.ts";
import { externalRoot } from "../../support/external-ca.ts";

const certificateArn = "arn:aws:acm:eu-west-1:111111111111:certificate/0a";
const edgeCertificateArn = "arn:aws:acm:us-east-1:111111111111:certificate/0b";
const MUTUAL_TLS = { domains: { mutualTls: { name: "mtls.example.com", certificateArn } } };
const EDGE = {
  edge: { name: "e.example.com", certificateArn: edgeCertificateArn, originCertificateArn: certificateArn },
};

const edwardsRoot = externalRoot("Edwards root", {}, "Ed25519");
const latticeRoot = externalRoot("Lattice root", {}, "ML-DSA-87");
const files: Readonly<Record<string, string>> = {
  root: externalRoot().pem,
  edwards: edwardsRoot.pem,
  lattice: latticeRoot.pem,
};
const parse = (document: unknown) =>
  parseConfiguration(
    document,
    () => undefined,
    (path) => files[path] ?? "",
  );

function assertRefused(document: unknown, field: string, message: RegExp): void {
  assert.throws(
    () => parse(document),
    (error) => error instanceof RefusalError && error.field === field && message.test(error.message),
  );
}

describe("the key spec of a deployment's CAs", () => {
  for (const keySpec of KEY_TYPES) {
    it(`may be ${keySpec} where nobody but nodes and their peers verifies`, () => {
      assert.equal(parse({ authority: { keySpec } }).authority.keySpec, keySpec);
      assert.equal(parse({ authority: { keySpec }, kubernetes: {} }).authority.keySpec, keySpec);
    });
  }

  for (const keySpec of KEY_TYPES.filter((type) => type !== "Ed25519")) {
    it(`may be ${keySpec} with every truststore`, () => {
      assert.equal(parse({ ...MUTUAL_TLS, ...EDGE, authority: { keySpec } }).authority.keySpec, keySpec);
    });
  }

  for (const keySpec of ML_DSA_KEY_SPECS) {
    it(`may be ${keySpec} where no Kubernetes component verifies`, () => {
      assert.equal(parse({ authority: { keySpec } }).authority.keySpec, keySpec);
      assert.equal(parse({ authority: { keySpec }, kubernetes: { enabled: false } }).authority.keySpec, keySpec);
      const allowed = /must be one of P-256, .*, Ed25519 with kubernetes \(Go verifies no ML-DSA\), got ML-DSA-\d\d$/;
      assertRefused({ authority: { keySpec }, kubernetes: {} }, "authority.keySpec", allowed);
      for (const consumers of [MUTUAL_TLS, EDGE])
        assertRefused(
          { ...consumers, authority: { keySpec } },
          "authority.keySpec",
          /RSA-4096 with .*, got ML-DSA-\d\d$/,
        );
    });
  }

  it("must be one that the truststores of API Gateway and CloudFront take, where there are any", () => {
    const authority = { keySpec: "Ed25519" };
    const refusals = [
      [MUTUAL_TLS, /with domains\.mutualTls \(API Gateway's truststore\), got Ed25519$/],
      [EDGE, /with edge \(CloudFront's truststore\), got Ed25519$/],
      [{ ...MUTUAL_TLS, ...EDGE }, /with domains\.mutualTls .*, got Ed25519$/],
    ] as const;
    for (const [consumers, message] of refusals) {
      assertRefused({ ...consumers, authority }, "authority.keySpec", message);
      assertRefused(
        { ...consumers, authority },
        "authority.keySpec",
        /^the configuration: "authority\.keySpec" must be one of P-256, P-384, RSA-2048, RSA-3072, RSA-4096 with /,
      );
    }
  });

  it("is asked of the external CA too", () => {
    const external = (externalRootFile: string) => ({ authority: { hierarchy: "external", externalRootFile } });
    assert.doesNotThrow(() => parse({ ...MUTUAL_TLS, ...external("root") }));
    assert.doesNotThrow(() => parse(external("edwards")));
    assert.doesNotThrow(() => parse(external("lattice")));
    assert.doesNotThrow(() => parse({ ...external("edwards"), kubernetes: {} }));
    assertRefused(
      { ...external("lattice"), kubernetes: {} },
      "authority.externalRootFile",
      /holds "O=.*Lattice root", whose key is ML-DSA-87; each key must be one of P-256.* with kubernetes/,
    );
    for (const consumers of [MUTUAL_TLS, EDGE])
      assertRefused(
        { ...consumers, ...external("edwards") },
        "authority.externalRootFile",
        /holds "O=.*Edwards root", whose key is Ed25519; each key must be one of P-256/,
      );
    const both = { hierarchy: "external", externalRootFiles: ["root", "edwards"] };
    assertRefused({ ...EDGE, authority: both }, "authority.externalRootFiles[1]", /Edwards root/);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { END_ENTITY_CONSTRAINTS } from "../../core/certificate-extension.ts";
import { RefusalError } from "../../core/refusal.ts";
import { parseConfiguration } from "../../infra/configuration.ts";
import { hoursFrom, NOW } from "../support/authorities.ts";
import { newKeyPair } from "../support/key-pairs.ts";
import { outsideRoot } from "../support/outside-ca.ts";

describe("the configuration of a deployment with a CA outside", () => {
  const root = outsideRoot();
  const spki = newKeyPair("P-256").spki;
  const files: Readonly<Record<string, string>> = {
    root: root.pem,
    issuing: root.certify(spki),
    leaf: root.certify(spki, { constraints: END_ENTITY_CONSTRAINTS }),
    stray: outsideRoot("Other root").certify(spki),
    short: root.certify(spki, { validity: { notBefore: NOW, notAfter: hoursFrom(NOW, 1) } }),
  };
  const read = (authority: object) =>
    parseConfiguration(
      { authority },
      () => undefined,
      (path) => files[path] ?? assert.fail(`cannot read ${path}`),
    ).authority;
  const external = { hierarchy: "external", externalRootFile: "root" };

  it("takes its root first, and then the issuing CA's certificate", () => {
    assert.equal(read({}).outsideCa, undefined);
    assert.deepEqual(read(external).outsideCa, { rootsPem: root.pem });
    assert.deepEqual(read({ ...external, issuingCertificateFile: "issuing" }).outsideCa, {
      rootsPem: root.pem,
      issuingCertificatePem: files["issuing"],
    });
  });

  const refusals: readonly [string, object, RegExp][] = [
    ["externalRootFile", { hierarchy: "external" }, /is needed/],
    ["externalRootFile", { externalRootFile: "root" }, /must be left out unless authority.hierarchy is "external"/],
    ["issuingCertificateFile", { issuingCertificateFile: "issuing" }, /must be left out unless/],
    ["externalRootFile", { ...external, externalRootFile: "nowhere" }, /cannot read nowhere/],
    ["externalRootFile", { ...external, externalRootFile: "leaf" }, /holds no root/],
    ["issuingCertificateFile", { ...external, issuingCertificateFile: "nowhere" }, /cannot read nowhere/],
    ["issuingCertificateFile", { ...external, issuingCertificateFile: "leaf" }, /no CA's certificate/],
    ["issuingCertificateFile", { ...external, issuingCertificateFile: "stray" }, /whose issuer is not among/],
    ["issuingCertificateFile", { ...external, issuingCertificateFile: "short" }, /valid for 3600 s, less than/],
    ["rootGenerations", { ...external, rootGenerations: 2 }, /there is one issuing CA/],
    ["issuingGenerations", { ...external, issuingGenerations: 2 }, /there is one issuing CA/],
    ["issuingLifetimeDays", { ...external, issuingLifetimeDays: 400 }, /its issuer decides/],
  ];
  for (const [member, authority, reason] of refusals) {
    it(`names authority.${member} when it is refused: ${reason.source}`, () => {
      assert.throws(
        () => read(authority),
        (error) => {
          assert.ok(error instanceof RefusalError);
          assert.equal(error.field, `authority.${member}`);
          assert.match(error.message, reason);
          assert.ok(error.message.startsWith(`the configuration: "authority.${member}" `), error.message);
          return true;
        },
      );
    });
  }
});

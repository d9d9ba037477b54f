import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { caConstraints, END_ENTITY_CONSTRAINTS } from "../../../core/certificate/extension.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { parseConfiguration } from "../../../infra/configuration/configuration.ts";
import { hoursFrom, NOW } from "../../support/authorities.ts";
import { newKeyPair } from "../../support/key-pairs.ts";
import { externalRoot } from "../../support/external-ca.ts";

describe("the configuration of a deployment with an external CA", () => {
  const root = externalRoot();
  const otherRoot = externalRoot("Other root");
  const spki = newKeyPair("P-256").spki;
  const files: Readonly<Record<string, string>> = {
    root: root.pem,
    issuing: root.certify(spki),
    leaf: root.certify(spki, { constraints: END_ENTITY_CONSTRAINTS }),
    stray: otherRoot.certify(spki),
    other: otherRoot.pem,
    both: root.pem + otherRoot.pem,
    next: otherRoot.certify(newKeyPair("P-256").spki, { commonName: "Example issuing 2" }),
    namesake: root.certify(newKeyPair("P-256").spki),
    wide: root.certify(spki, { constraints: caConstraints(1) }),
    double: externalRoot().pem,
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
    assert.equal(read({}).externalCa, undefined);
    assert.deepEqual(read(external).externalCa, { roots: [root.pem], issuingCertificates: {} });
    assert.deepEqual(read({ ...external, issuingCertificateFile: "issuing" }).externalCa, {
      roots: [root.pem],
      issuingCertificates: { "issuing-g1": files["issuing"] },
    });
  });

  it("takes a root and an issuing CA for each generation", () => {
    const several = {
      hierarchy: "external",
      externalRootFiles: ["root", "other"],
      issuingCertificateFiles: { "issuing-g2": "next", "issuing-g1": "issuing" },
      issuingGenerations: 3,
    };
    assert.deepEqual(read(several).externalCa, {
      roots: [root.pem, files["other"]],
      issuingCertificates: { "issuing-g1": files["issuing"], "issuing-g2": files["next"] },
    });
  });

  const files2 = (issuingCertificateFiles: Readonly<Record<string, string>>) => ({
    ...external,
    issuingGenerations: 2,
    issuingCertificateFiles,
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
    ["issuingCertificateFile", { ...external, issuingCertificateFile: "wide" }, /path length must be 0/],
    ["externalRootFile", { ...external, externalRootFile: "both" }, /holds 2 roots/],
    ["externalRootFile", { ...external, externalRootFiles: ["root"] }, /left out beside authority.externalRootFiles/],
    ["externalRootFiles", { hierarchy: "external", externalRootFiles: ["root", "double"] }, /two certificates of/],
    ["externalRootFiles[1]", { hierarchy: "external", externalRootFiles: ["root", "leaf"] }, /holds no root/],
    [
      "issuingCertificateFile",
      { ...files2({ "issuing-g1": "issuing" }), issuingCertificateFile: "issuing" },
      /left out beside authority.issuingCertificateFiles/,
    ],
    ["issuingCertificateFiles.root-g1", files2({ "root-g1": "issuing" }), /must be named for a generation/],
    ["issuingCertificateFiles.issuing-g3", files2({ "issuing-g3": "issuing" }), /issuingGenerations is 2.* at least 3/],
    [
      "issuingCertificateFiles.issuing-g2",
      files2({ "issuing-g2": "issuing", "issuing-g1": "issuing" }),
      /is for the key of issuing-g1/,
    ],
    [
      "issuingCertificateFiles.issuing-g2",
      files2({ "issuing-g2": "namesake", "issuing-g1": "issuing" }),
      /is the subject of issuing-g1 too/,
    ],
    ["issuingCertificateFiles.issuing-g2", files2({ "issuing-g2": "next" }), /whose issuer is not among/],
    ["issuingCertificateFiles", { issuingCertificateFiles: {} }, /must be left out unless/],
    ["rootGenerations", { ...external, rootGenerations: 2 }, /the external CA decides/],
    ["issuingLifetimeDays", { ...external, issuingLifetimeDays: 400 }, /the external CA decides/],
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

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { OID } from "../../core/asn1/object-identifier.ts";
import { valuesOf } from "../../core/asn1/distinguished-name.ts";
import { parseCertificateRequestPem } from "../../core/csr/certificate-request.ts";
import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import { decide } from "../../core/policy/decision.ts";
import { DEFAULT_POLICY } from "../../core/policy/policy.ts";
import { bootstrapIdentity } from "../support/identities.ts";
import { GO_SKIP } from "../support/go-program.ts";
import { OPENSSL_SKIP, workspace, type Workspace } from "../support/openssl.ts";
import { readByOpenssl, subjectOf } from "../support/request-opinions.ts";
import { sharedData } from "../support/shared-data.ts";
import { GENERATORS, generatorTable, goRequest, WOLFSSL_SKIP, wolfsslOfVersion2 } from "./generators.ts";

const PARAMETERS = { signerName: KUBELET_CLIENT_SIGNER, usages: undefined, lifetimeSeconds: undefined };

function decisionOn(pem: string) {
  const csr = parseCertificateRequestPem(pem);
  return decide(bootstrapIdentity(), csr, { ...PARAMETERS, sourceIp: "10.0.0.1" }, DEFAULT_POLICY);
}

describe("a CSR that was just made by", () => {
  let files: Workspace;
  before(() => (files = workspace()));
  after(() => files.remove());

  for (const { name, skip, make } of GENERATORS) {
    it(`${name} becomes a certificate as it is, and is read as openssl reads it`, { skip }, async () => {
      const pem = await make(files);
      const decision = decisionOn(pem);
      assert.ok(decision.outcome === "issue", JSON.stringify(decision));
      assert.equal(decision.name, "generated");
      assert.deepEqual(
        decision.grant.subject.map(({ value }) => value),
        ["system:nodes", "system:node:generated"],
      );
      if (OPENSSL_SKIP !== false) return;
      const { der, subject, publicKey } = parseCertificateRequestPem(pem);
      const publicKeyPem = publicKey.export({ format: "pem", type: "spki" });
      assert.deepEqual(readByOpenssl(der), { subject: subjectOf(subject), publicKeyPem });
    });
  }

  it("Go names both of two organizations, which stand in one RDN", { skip: GO_SKIP }, () => {
    const { subject } = parseCertificateRequestPem(goRequest(files, "alice", "team-b", "team-a"));
    assert.deepEqual(valuesOf(subject, OID.organization).sort(), ["team-a", "team-b"]);
  });

  it("wolfSSL has version 2 unless told otherwise, and is refused for that", { skip: WOLFSSL_SKIP }, () => {
    assert.throws(() => parseCertificateRequestPem(wolfsslOfVersion2(files)), { message: /the version is not 0/ });
  });
});

const samples = sharedData("findings/csr");

describe("samples of generators", { skip: samples.skip }, () => {
  const REFUSED: Readonly<Record<string, RegExp>> = {
    "openssl-pss.csr": /1\.2\.840\.113549\.1\.1\.10 is not accepted with an RSA key/,
    "pyca-sha3.csr": /2\.16\.840\.1\.101\.3\.4\.3\.10 is not accepted with an EC key/,
    "utf16.csr": /save it as UTF-8, not as UTF-16/,
    "wolfssl-0.csr": /the version is not 0/,
  };
  for (const file of samples.skip === false ? readdirSync(samples.path) : []) {
    const pem = (encoding: "utf8" | "latin1"): string => readFileSync(join(samples.path, file), encoding);
    const message = REFUSED[file];
    if (message !== undefined) {
      it(`are refused for a reason that is told: ${file}`, () => {
        assert.throws(() => parseCertificateRequestPem(pem("utf8")), { code: "bad_csr", message });
      });
      continue;
    }
    it(`are read, as text and as octets: ${file}`, () => {
      const { der, subject, publicKey } = parseCertificateRequestPem(pem("utf8"));
      assert.deepEqual(parseCertificateRequestPem(pem("latin1")).der, der);
      if (OPENSSL_SKIP !== false) return;
      const publicKeyPem = publicKey.export({ format: "pem", type: "spki" });
      assert.deepEqual(readByOpenssl(der), { subject: subjectOf(subject), publicKeyPem });
    });
  }
});

describe("docs/csr-generators.md", () => {
  it("has the table of all of them", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/csr-generators.md"), "utf8");
    assert.ok(page.includes(generatorTable()), `the table is to be:\n${generatorTable()}`);
  });
});

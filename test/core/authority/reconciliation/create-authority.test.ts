import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, describe, it } from "node:test";
import { parseCertificate } from "../../../../core/certificate/certificate.ts";
import { DEFAULT_AUTHORITY_PLAN, type AuthorityPlan } from "../../../../core/authority/plan.ts";
import { createFirstAuthorities } from "../../../../core/authority/reconciliation/create-authority.ts";
import type { TrustBundle } from "../../../../core/authority/authority.ts";
import type { Der } from "../../../../core/asn1/der.ts";
import { OID } from "../../../../core/asn1/object-identifier.ts";
import { encodePem } from "../../../../core/asn1/pem.ts";
import { authorityServices, NOW } from "../../../support/authorities.ts";
import { fieldsOf } from "../../../support/certificate-fields.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../../../support/openssl.ts";

const KEY_SPECS = ["P-256", "P-384", "RSA-2048"] as const;

async function created(plan: Partial<AuthorityPlan> = {}, services = authorityServices()) {
  const bundle = await createFirstAuthorities(services, { ...DEFAULT_AUTHORITY_PLAN, ...plan });
  const of = (role: string): Der =>
    bundle.authorities.find((authority) => authority.role === role)?.certificate ?? Buffer.alloc(0);
  return { bundle, root: of("root"), issuing: of("issuing") };
}

describe("createFirstAuthorities", () => {
  const files = workspace();
  after(() => files.remove());

  for (const keySpec of KEY_SPECS) {
    it(`makes a root and an issuing CA that node:crypto accepts (${keySpec})`, async () => {
      const { bundle, root, issuing } = await created({ keySpec });
      const [rootCertificate, issuingCertificate] = [new X509Certificate(root), new X509Certificate(issuing)];
      assert.ok(
        rootCertificate.ca &&
          rootCertificate.checkIssued(rootCertificate) &&
          rootCertificate.verify(rootCertificate.publicKey),
      );
      assert.ok(
        issuingCertificate.ca &&
          issuingCertificate.checkIssued(rootCertificate) &&
          issuingCertificate.verify(rootCertificate.publicKey),
      );
      assert.equal(rootCertificate.subject, "O=Nodeseal\nCN=nodeseal root G1");
      assert.equal(issuingCertificate.subject, "O=Nodeseal\nCN=nodeseal issuing G1");
      assert.deepEqual(
        [bundle.sequence, bundle.authorities.map(({ id, state }) => `${id} ${state}`)],
        [1, ["root-g1 active", "issuing-g1 active"]],
      );
    });

    it(`passes openssl's strict checks (${keySpec})`, { skip: OPENSSL_SKIP }, async () => {
      const { root, issuing } = await created({ keySpec });
      const rootFile = files.write("root.pem", encodePem("CERTIFICATE", root));
      const issuingFile = files.write("issuing.pem", encodePem("CERTIFICATE", issuing));
      const strict = [
        "verify",
        "-x509_strict",
        "-check_ss_sig",
        "-attime",
        String(NOW.getTime() / 1000),
        "-CAfile",
        rootFile,
      ];
      assert.equal(openssl([...strict, rootFile, issuingFile]).toString(), `${rootFile}: OK\n${issuingFile}: OK\n`);
      const text = openssl(["x509", "-in", issuingFile, "-noout", "-text"]).toString();
      assert.match(text, /X509v3 Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
      assert.match(text, /X509v3 Basic Constraints: critical\s+CA:TRUE, pathlen:0\n/);
    });
  }

  it("writes the extensions a CA must have and no other, with one CA below the root and none below the issuing", async () => {
    const { root, issuing } = await created();
    for (const [der, constraints] of [
      [root, "30060101ff020101"],
      [issuing, "30060101ff020100"],
    ] as const) {
      const { extensions } = fieldsOf(parseCertificate(der).tbsCertificate);
      assert.deepEqual(
        extensions.map(({ type, isCritical }) => [type, isCritical]),
        [
          [OID.keyUsage, true],
          [OID.basicConstraints, true],
          [OID.subjectKeyIdentifier, false],
          [OID.authorityKeyIdentifier, false],
        ],
      );
      assert.equal(Buffer.from(extensions[1]?.value.encoded ?? []).toString("hex"), constraints);
    }
  });

  it("gives the root 20 years and the issuing CA five, backdated, with GeneralizedTime from 2050", async () => {
    const { root, issuing } = await created();
    const [rootCertificate, issuingCertificate] = [parseCertificate(root), parseCertificate(issuing)];
    assert.equal(rootCertificate.notBefore.toISOString(), "2030-05-05T11:55:00.000Z");
    assert.equal(rootCertificate.notAfter.toISOString(), "2050-04-30T12:00:00.000Z");
    assert.equal(issuingCertificate.notAfter.toISOString(), "2035-05-04T12:00:00.000Z");
    assert.equal(fieldsOf(rootCertificate.tbsCertificate).validity.children[1]?.tag, 0x18);
  });

  it("never lets the issuing CA outlive the root", async () => {
    const { root, issuing } = await created({ rootLifetimeSeconds: 3600, issuingLifetimeSeconds: 7200 });
    assert.deepEqual(parseCertificate(issuing).notAfter, parseCertificate(root).notAfter);
  });

  it("makes nothing where there is a bundle", async () => {
    const services = authorityServices();
    const first = await created({}, services);
    const again = await created({ clusterName: "other" }, services);
    assert.equal(again.bundle, first.bundle);
    assert.equal(services.keyPairs.size, 2);
  });

  it("takes the bundle of whoever wrote first", async () => {
    const services = authorityServices();
    const theirs: TrustBundle = { sequence: 1, authorities: [] };
    let reads = 0;
    const raced = {
      ...services,
      authorities: {
        ...services.authorities,
        read: () => Promise.resolve(reads++ === 0 ? undefined : theirs),
        write: () => Promise.resolve(false),
      },
    };
    assert.equal(await createFirstAuthorities(raced, DEFAULT_AUTHORITY_PLAN), theirs);
  });

  it("finishes what a crashed run began: the same keys, the same TBSCertificates", async () => {
    const services = authorityServices();
    const signed: string[] = [];
    const sign: typeof services.signer.sign = (keyArn, algorithm, message) => {
      signed.push(Buffer.from(message).toString("hex"));
      return services.signer.sign(keyArn, algorithm, message);
    };
    const write = () => Promise.reject(new Error("crash"));
    const crashing = { ...services, signer: { sign }, authorities: { ...services.authorities, write } };
    await assert.rejects(createFirstAuthorities(crashing, DEFAULT_AUTHORITY_PLAN), /crash/);
    const { root, issuing } = await created({}, { ...services, clock: () => new Date("2031-01-01T00:00:00Z") });
    assert.deepEqual(
      [root, issuing].map((der) => Buffer.from(parseCertificate(der).tbsCertificate).toString("hex")),
      signed,
    );
    assert.equal(services.keyPairs.size, 2);
  });

  it("refuses to finish with another key what was begun with one", async () => {
    const services = authorityServices();
    const write = () => Promise.reject(new Error("crash"));
    const crashing = { ...services, authorities: { ...services.authorities, write } };
    await assert.rejects(createFirstAuthorities(crashing, DEFAULT_AUTHORITY_PLAN), /crash/);
    services.keyPairs.clear();
    await assert.rejects(created({}, services), /root-g1 was begun with another key than the one its alias names now/);
  });

  it("keeps a certificate with a wrong signature to itself", async () => {
    const services = authorityServices();
    const signer = {
      sign: () => services.signer.sign("alias/nodeseal/root-g1", algorithm(), Buffer.from("something else")),
    };
    const algorithm = () =>
      ({ name: "", algorithmIdentifier: Buffer.alloc(0), hash: "sha256", keyFamily: "EC" }) as const;
    await assert.rejects(
      createFirstAuthorities({ ...services, signer }, DEFAULT_AUTHORITY_PLAN),
      /alias\/nodeseal\/root-g1 returned a signature that does not verify/,
    );
    assert.equal(await services.authorities.read(), undefined);
  });
});

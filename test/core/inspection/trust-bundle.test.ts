import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodePem, parsePemBlocks } from "../../../core/asn1/pem.ts";
import type { AuditEvent } from "../../../core/audit/audit-event.ts";
import { caConstraints, keyUsage } from "../../../core/certificate/extension.ts";
import { parseCertificate, type Certificate } from "../../../core/certificate/certificate.ts";
import { InspectionError } from "../../../core/inspection/difference.ts";
import { inspectTrustBundle } from "../../../core/inspection/inspection.ts";
import { differencesOfOpinion } from "../../../core/inspection/other-certificate.ts";
import { publishTrustAnchors, publishTrustBundle } from "../../../core/inspection/publish-trust-bundle.ts";
import { AUTHORITY_KEY_SPECS } from "../../../core/keys/key-type.ts";
import { hoursFrom, NOW, testAuthorities } from "../../support/authorities.ts";
import { unplanned } from "../../support/der-mutants.ts";
import { externalRoot, type CertificatePlan } from "../../support/external-ca.ts";
import { newKeyPair } from "../../support/key-pairs.ts";
import { X509Certificate } from "../../support/x509.ts";

const root = externalRoot();
const { spki } = newKeyPair("P-256");
const der = (pem: string) => parsePemBlocks(pem, "CERTIFICATE").map((block) => Buffer.from(block));

async function verdict(pem: string, certificates = der(pem)): Promise<string> {
  const events: AuditEvent[] = [];
  const services = { audit: (event: AuditEvent) => void events.push(event) };
  try {
    await inspectTrustBundle(services, pem, certificates);
    assert.deepEqual(events, []);
    return "good";
  } catch (error) {
    assert.ok(error instanceof InspectionError);
    assert.deepEqual(
      events.map(({ event }) => event),
      ["inspection_failed"],
    );
    return error.message;
  }
}

describe("the inspection of a trust bundle", () => {
  // Longer RSA keys differ in length only, and take seconds to make.
  for (const keySpec of AUTHORITY_KEY_SPECS.filter((one) => one !== "RSA-3072" && one !== "RSA-4096"))
    it(`passes a root and an issuing CA of ours (${keySpec})`, async () => {
      const published: string[] = [];
      const publisher = { publish: (pem: string) => Promise.resolve(String(published.push(pem))) };
      const { bundle } = await testAuthorities(keySpec);
      await publishTrustBundle({ publisher, audit: () => assert.fail("nothing is wrong") }, bundle);
      assert.equal(published.length, 1);
    });

  it("passes what an external CA brings, with extensions of its own that are not critical", async () => {
    const between = root.below("Example policy CA");
    const others = [unplanned("1.3.6.1.5.5.7.1.1", false, Buffer.from("3000", "hex"))];
    const issuing = between.certify(spki, { commonName: "Example issuing", others });
    assert.equal(await verdict(issuing + between.pem + root.pem), "good");
  });

  it("refuses a text that is not of these certificates, in this order", async () => {
    const issuing = root.certify(spki);
    const certificates = der(issuing + root.pem);
    for (const pem of [root.pem + issuing, issuing, issuing + root.pem + issuing, ""])
      assert.match(await verdict(pem, certificates), /the PEM text: expected CERTIFICATE/);
    const renamed = encodePem("CERTIFICATE", certificates[0] ?? Buffer.alloc(0)).replaceAll("CERTIFICATE", "X509 CRL");
    assert.match(await verdict(renamed + root.pem, certificates), /the PEM text/);
  });

  const within = { notBefore: NOW, notAfter: hoursFrom(NOW, 24) };
  const longer = { notBefore: NOW, notAfter: hoursFrom(NOW, 48) };
  const earlier = { notBefore: hoursFrom(NOW, -2), notAfter: hoursFrom(NOW, 12) };
  const FAULTY: Readonly<Record<string, readonly [of: CertificatePlan, issuing: CertificatePlan, fault: RegExp]>> = {
    "issuers that may have no CA below": [{ constraints: caConstraints(0) }, {}, /issuer's basicConstraints/],
    "issuers that may sign no certificates": [{ keyUsage: keyUsage(["cRLSign"]) }, {}, /issuer's keyUsage/],
    "a CA that outlives its issuer": [{ validity: within }, { validity: longer }, /issuer's notAfter/],
    "a CA that is older than its issuer": [{ validity: within }, { validity: earlier }, /issuer's notBefore/],
    "name constraints": [{ others: [unplanned("2.5.29.30", true, Buffer.from("3000", "hex"))] }, {}, /nameConstraints/],
  };
  for (const [name, [plan, issuingPlan, fault]] of Object.entries(FAULTY))
    it(`refuses ${name}`, async () => {
      const top = externalRoot("Example root", { constraints: caConstraints(1), ...plan });
      assert.match(await verdict(top.certify(spki, { validity: within, ...issuingPlan }) + top.pem), fault);
    });

  it("refuses a path that ends in no root, or whose signature is another key's", async () => {
    assert.match(await verdict(root.certify(spki)), /certification path: expected .* < a root/);
    const namesake = externalRoot();
    assert.match(
      await verdict(namesake.certify(spki) + root.pem),
      /certification path: expected .*Example root.*, got/,
    );
  });

  it("publishes nothing of what it refuses", async () => {
    const published: string[] = [];
    const publisher = { publish: (pem: string) => Promise.resolve(String(published.push(pem))) };
    const services = { publisher, audit: () => undefined };
    const bundle = (await testAuthorities()).bundle;
    const orphan = { ...bundle, authorities: bundle.authorities.filter(({ role }) => role === "issuing") };
    await assert.rejects(publishTrustBundle(services, orphan), InspectionError);
    const [anchor] = der(root.below("Example policy CA").pem).map((block) => parseCertificate(block));
    assert.ok(anchor !== undefined);
    await assert.rejects(publishTrustAnchors(services, [anchor]), InspectionError);
    assert.deepEqual(published, []);
  });
});

describe("an external CA's certificate", () => {
  const [block = Buffer.alloc(0)] = der(root.certify(spki));
  const theirs = new X509Certificate(block);
  const ours = parseCertificate(block);
  const other = parseCertificate(der(externalRoot("Another root", {}, "P-384").pem)[0] ?? Buffer.alloc(0));

  it("says the same to both parsers", () => {
    assert.deepEqual(differencesOfOpinion(theirs, ours), []);
  });

  const FIELDS: Readonly<Record<string, Partial<Certificate>>> = {
    serialNumber: { serialNumber: "0102" },
    signatureAlgorithm: { signatureAlgorithm: other.signatureAlgorithm },
    issuer: { issuerName: other.subjectName },
    notBefore: { notBefore: hoursFrom(ours.notBefore, 1) },
    notAfter: { notAfter: hoursFrom(ours.notAfter, 1) },
    subject: { subject: other.subject },
    subjectPublicKeyInfo: { spki: other.spki },
    basicConstraints: { isCa: false },
    subjectKeyIdentifier: { subjectKeyId: other.subjectKeyId },
    authorityKeyIdentifier: { authorityKeyId: undefined },
    extendedKeyUsage: { extendedKeyUsages: ["1.3.6.1.5.5.7.3.1"] },
    keyUsage: {
      tbsCertificate: parseCertificate(der(root.certify(spki, { keyUsage: keyUsage(["keyCertSign"]) }))[0] ?? block)
        .tbsCertificate,
    },
  };
  for (const [field, misread] of Object.entries(FIELDS))
    it(`is refused where the two read another ${field}`, () => {
      const fields = differencesOfOpinion(theirs, { ...ours, ...misread }).map((one) => one.field);
      assert.ok(fields.includes(field), fields.join());
    });

  it("is refused with a critical extension that nobody understands, and without critical constraints", () => {
    const [odd = block] = der(
      root.certify(spki, { others: [unplanned("1.3.6.1.4.1.55555.1", true, Buffer.from("3000", "hex"))] }),
    );
    const fields = differencesOfOpinion(new X509Certificate(odd), parseCertificate(odd)).map((one) => one.field);
    assert.deepEqual(fields, ["extension 1.3.6.1.4.1.55555.1"]);
    const lax = unplanned("2.5.29.19", false, Buffer.from("30060101ff020100", "hex"));
    const [loose = block] = der(root.certify(spki, { constraints: lax }));
    assert.deepEqual(
      differencesOfOpinion(new X509Certificate(loose), parseCertificate(loose)).map((one) => one.field),
      ["basicConstraints"],
    );
  });
});

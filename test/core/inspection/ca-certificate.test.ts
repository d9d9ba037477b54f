import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { buildCaTbs, selfIssuer } from "../../../core/certificate/ca-certificate.ts";
import { parseDer, type Der } from "../../../core/asn1/der.ts";
import { contextConstructed, encodeDer, sequence, time, unsignedInteger } from "../../../core/asn1/der-writer.ts";
import { encodeDistinguishedName, subjectName } from "../../../core/asn1/distinguished-name.ts";
import { InspectionError } from "../../../core/inspection/difference.ts";
import { inspectCaCertificate, inspectCaFields } from "../../../core/inspection/inspection.ts";
import { AUTHORITY_KEY_SPECS } from "../../../core/keys/key-type.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { ECDSA_SHA256, ECDSA_SHA384, issuingAlgorithm, signLocally } from "../../../core/keys/signature-algorithm.ts";
import { NOW } from "../../support/authorities.ts";
import { bitFlips, changed, partsOf, replaced, signedWith } from "../../support/der-mutants.ts";
import { newKeyPair } from "../../support/key-pairs.ts";
import {
  assertRefused,
  caFields,
  inspection,
  plan,
  planned,
  root,
  rootName,
  signed,
} from "../../support/inspected-ca.ts";

/** By number, as in RFC 5280 section 4.1. */
const VERSION = 0;
const SERIAL_NUMBER = 1;
const SIGNATURE = 2;
const ISSUER = 3;
const VALIDITY = 4;
const SUBJECT = 5;
const SPKI = 6;

const part = (index: number, by: Der) => (): Der => changed(planned, index, () => by);
const utf8Name = (text: string): Der =>
  sequence(
    ...subjectName(["Nodeseal"], text).map(({ type, value }) =>
      encodeDer(0x31, sequence(objectIdentifier(type), encodeDer(0x0c, Buffer.from(value)))),
    ),
  );
const uniqueId = (tag: number) => (): Der =>
  replaced(partsOf(planned), SPKI, plan.ca.spki, encodeDer(tag, Uint8Array.of(0, 1)));

const TBS_MUTANTS: Readonly<Record<string, readonly [field: string, mutant: () => Der]>> = {
  "version 2": ["version", part(VERSION, contextConstructed(0, unsignedInteger(Uint8Array.of(1))))],
  "no version": ["version", () => sequence(...partsOf(planned).slice(1))],
  "another serial number": ["serialNumber", part(SERIAL_NUMBER, encodeDer(0x02, Uint8Array.of(1, 2, 3)))],
  "a negative serial number": ["serialNumber", part(SERIAL_NUMBER, encodeDer(0x02, Uint8Array.of(0x80, 2, 3)))],
  "another algorithm": ["signature", part(SIGNATURE, ECDSA_SHA384.algorithmIdentifier)],
  "parameters of the algorithm": [
    "signature",
    part(SIGNATURE, sequence(objectIdentifier(OID.ecdsaWithSha256), encodeDer(0x05))),
  ],
  "another issuer": ["issuer", part(ISSUER, encodeDistinguishedName(subjectName(["Nodeseal"], "plan root G2")))],
  "the issuer's name in other bytes": ["issuer", part(ISSUER, utf8Name("plan root G1"))],
  "an earlier beginning": ["notBefore", part(VALIDITY, times(new Date(NOW.getTime() - 1000)))],
  "a later end": ["notAfter", part(VALIDITY, times(NOW, new Date(plan.ca.validity.notAfter.getTime() + 1000)))],
  "a time of another type": [
    "notBefore",
    part(VALIDITY, sequence(encodeDer(0x18, Buffer.from("20300505120000Z")), time(plan.ca.validity.notAfter))),
  ],
  "another subject": ["subject", part(SUBJECT, encodeDistinguishedName(subjectName(["Nodeseal"], "plan issuing G2")))],
  "a subject with another organization": [
    "subject",
    part(SUBJECT, encodeDistinguishedName(subjectName(["Nodeseal", "Other"], "plan issuing G1"))),
  ],
  "the subject in another order": ["subject", () => changed(planned, SUBJECT, reversed)],
  "the subject in other bytes": ["subject", part(SUBJECT, utf8Name("plan issuing G1"))],
  "another key": ["subjectPublicKeyInfo", part(SPKI, newKeyPair("P-256").spki)],
  "an issuer's unique identifier": ["issuerUniqueID", uniqueId(0x81)],
  "a subject's unique identifier": ["subjectUniqueID", uniqueId(0x82)],
  "a ninth part": ["encoding", () => sequence(...partsOf(planned), contextConstructed(4, sequence()))],
};

function times(notBefore: Date, notAfter = plan.ca.validity.notAfter): Der {
  return sequence(time(notBefore), time(notAfter));
}

function reversed(name: Der): Der {
  return sequence(...partsOf(name).reverse());
}

describe("the inspection of a CA certificate", () => {
  for (const keySpec of AUTHORITY_KEY_SPECS) {
    it(`passes what is encoded as planned (${keySpec})`, async () => {
      const algorithm = issuingAlgorithm(keySpec);
      const [top, below] = [newKeyPair(keySpec), newKeyPair(keySpec)];
      const rootFields = caFields(top.spki, { subject: rootName, pathLength: 1 });
      const issuer = selfIssuer(rootFields, algorithm);
      const audit = () => assert.fail("nothing is to be told");
      for (const ca of [rootFields, caFields(below.spki)]) {
        const tbs = buildCaTbs(issuer, ca);
        const der = signedWith(tbs, algorithm.algorithmIdentifier, signLocally(algorithm, tbs, top.privateKey));
        await inspectCaCertificate({ audit }, "any", der, { issuer, ca }, top.spki);
      }
    });
  }

  it("passes one that ends after 2049", async () => {
    const validity = { notBefore: NOW, notAfter: new Date("2055-01-01T00:00:00Z") };
    const ca = { ...plan.ca, validity };
    const { error } = await inspection(signed(buildCaTbs(root, ca)), { issuer: root, ca });
    assert.equal(error, undefined);
  });

  for (const [name, [field, mutant]] of Object.entries(TBS_MUTANTS))
    it(`refuses ${name}`, () => assertRefused(signed(mutant()), field));

  it("refuses what is around the TBSCertificate", async () => {
    const [, , signature] = partsOf(signed(planned));
    const bits = parseDer(signature ?? new Uint8Array()).content.subarray(1);
    await assertRefused(signedWith(planned, ECDSA_SHA384.algorithmIdentifier, bits), "signatureAlgorithm");
    await assertRefused(sequence(...partsOf(signed(planned)), encodeDer(0x05)), "encoding");
    await assertRefused(Buffer.concat([signed(planned), Uint8Array.of(5, 0)]), "encoding");
  });

  it("refuses another key's signature, and one over something else", async () => {
    await assertRefused(signed(planned, newKeyPair("P-256")), "signatureValue");
    const [, , other = new Uint8Array()] = partsOf(signed(buildCaTbs(root, { ...plan.ca, pathLength: 1 })));
    await assertRefused(sequence(planned, ECDSA_SHA256.algorithmIdentifier, other), "signatureValue");
    await assertRefused(signedWith(planned, ECDSA_SHA256.algorithmIdentifier, new Uint8Array()), "signatureValue");
  });

  describe("bit by bit", () => {
    let whole: Der;
    before(() => {
      whole = signed(planned);
    });

    it("reads every octet of the TBSCertificate: no bit can turn unseen, whatever the signature says", async () => {
      const services = { audit: () => undefined };
      const unseen: number[] = [];
      for (const { octet, der } of bitFlips(planned)) {
        const unsigned = signedWith(der, ECDSA_SHA256.algorithmIdentifier, new Uint8Array());
        await inspectCaFields(services, "issuing-g1", unsigned, plan).then(
          () => unseen.push(octet),
          (error: unknown) => assert.ok(error instanceof InspectionError),
        );
      }
      assert.deepEqual(unseen, []);
    });

    it("and none of the signed certificate", async () => {
      const unseen: number[] = [];
      for (const { octet, der } of bitFlips(whole)) if ((await inspection(der)).error === undefined) unseen.push(octet);
      assert.deepEqual(unseen, []);
    });
  });
});

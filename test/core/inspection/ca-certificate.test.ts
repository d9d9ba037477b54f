import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { AuditEvent } from "../../../core/audit/audit-event.ts";
import { buildCaTbs, selfIssuer, type CaFields } from "../../../core/certificate/ca-certificate.ts";
import {
  authorityKeyIdentifier,
  caConstraints,
  crlDistributionPoints,
  END_ENTITY_CONSTRAINTS,
  extendedKeyUsage,
  extension,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from "../../../core/certificate/extension.ts";
import { parseDer, type Der, type DerElement } from "../../../core/asn1/der.ts";
import {
  boolean,
  contextConstructed,
  encodeDer,
  sequence,
  time,
  unsignedInteger,
} from "../../../core/asn1/der-writer.ts";
import { encodeDistinguishedName, subjectName } from "../../../core/asn1/distinguished-name.ts";
import type { CaPlan } from "../../../core/inspection/ca-certificate.ts";
import { InspectionError } from "../../../core/inspection/difference.ts";
import { inspectCaCertificate, inspectCaFields } from "../../../core/inspection/inspection.ts";
import { AUTHORITY_KEY_SPECS } from "../../../core/keys/key-type.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { randomSerialNumber } from "../../../core/certificate/serial-number.ts";
import { ECDSA_SHA256, ECDSA_SHA384, issuingAlgorithm, signLocally } from "../../../core/keys/signature-algorithm.ts";
import { hoursFrom, NOW } from "../../support/authorities.ts";
import {
  bitFlips,
  changed,
  flipped,
  isOfType,
  partsOf,
  replaced,
  signedWith,
  unplanned,
  withExplicitDefault,
  withExtensions,
  withTrailingOctets,
} from "../../support/der-mutants.ts";
import { newKeyPair, type KeyPair } from "../../support/key-pairs.ts";

const issuerKey = newKeyPair("P-256");
const rootName = subjectName(["Nodeseal"], "plan root G1");

function caFields(spki: Der, changes: Partial<CaFields> = {}): CaFields {
  return {
    serialNumber: randomSerialNumber(),
    validity: { notBefore: NOW, notAfter: hoursFrom(NOW, 24 * 365) },
    subject: subjectName(["Nodeseal"], "plan issuing G1"),
    spki,
    pathLength: 0,
    ...changes,
  };
}

const root = selfIssuer(caFields(issuerKey.spki, { subject: rootName }), ECDSA_SHA256);
const plan: CaPlan = { issuer: root, ca: caFields(newKeyPair("P-256").spki) };
const planned = buildCaTbs(plan.issuer, plan.ca);

function signed(tbs: Der, { privateKey }: Pick<KeyPair, "privateKey"> = issuerKey): Der {
  return signedWith(tbs, ECDSA_SHA256.algorithmIdentifier, signLocally(ECDSA_SHA256, tbs, privateKey));
}

async function inspection(der: Der, of: CaPlan = plan): Promise<{ error: unknown; events: readonly AuditEvent[] }> {
  const events: AuditEvent[] = [];
  const services = { audit: (event: AuditEvent) => void events.push(event) };
  const error: unknown = await inspectCaCertificate(services, "issuing-g1", der, of, issuerKey.spki).catch(
    (thrown: unknown) => thrown,
  );
  return { error, events };
}

/** By number, as in RFC 5280 section 4.1. */
const VERSION = 0;
const SERIAL_NUMBER = 1;
const SIGNATURE = 2;
const ISSUER = 3;
const VALIDITY = 4;
const SUBJECT = 5;
const SPKI = 6;
const EXTENSIONS = 7;

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

const EXTENSION_FIELDS = {
  keyUsage: OID.keyUsage,
  basicConstraints: OID.basicConstraints,
  subjectKeyIdentifier: OID.subjectKeyIdentifier,
  authorityKeyIdentifier: OID.authorityKeyIdentifier,
} as const;

/** What may become of any extension. */
const OF_ANY: Readonly<Record<string, (one: DerElement) => readonly Der[]>> = {
  "left out": () => [],
  "of another criticality": (one) => [flipped(one)],
  "there twice": ({ encoded }) => [encoded, encoded],
  "followed by octets": (one) => [withTrailingOctets(one)],
  empty: ({ children }) => [sequence(...children.slice(0, -1).map(({ encoded }) => encoded), encodeDer(0x04))],
};

/** What an encoder could get wrong in one of them. */
const IN_PLACE: Readonly<Record<string, readonly [keyof typeof EXTENSION_FIELDS, Der | ((one: DerElement) => Der)]>> = {
  "no cRLSign": ["keyUsage", keyUsage(["keyCertSign"])],
  "no keyCertSign": ["keyUsage", keyUsage(["cRLSign"])],
  "one usage more": ["keyUsage", keyUsage(["digitalSignature", "keyCertSign", "cRLSign"])],
  "no usage": ["keyUsage", keyUsage([])],
  "unused bits that are written": [
    "keyUsage",
    extension(objectIdentifier(OID.keyUsage), true, encodeDer(0x03, Uint8Array.of(0, 6))),
  ],
  "no CA": ["basicConstraints", END_ENTITY_CONSTRAINTS],
  "cA FALSE with a path length": [
    "basicConstraints",
    extension(
      objectIdentifier(OID.basicConstraints),
      true,
      sequence(boolean(false), unsignedInteger(Uint8Array.of(0))),
    ),
  ],
  "a longer path": ["basicConstraints", caConstraints(1)],
  "no path length": [
    "basicConstraints",
    extension(objectIdentifier(OID.basicConstraints), true, sequence(boolean(true))),
  ],
  "another key's identifier": ["subjectKeyIdentifier", subjectKeyIdentifier(Buffer.alloc(20, 7))],
  "a longer identifier": ["subjectKeyIdentifier", subjectKeyIdentifier(Buffer.alloc(32, 7))],
  "criticality written though default": ["subjectKeyIdentifier", withExplicitDefault],
  "another CA's identifier": ["authorityKeyIdentifier", authorityKeyIdentifier(Buffer.alloc(20, 7))],
  "the issuer's serial number besides": [
    "authorityKeyIdentifier",
    extension(
      objectIdentifier(OID.authorityKeyIdentifier),
      false,
      sequence(encodeDer(0x80, Buffer.from(root.subjectKeyId)), encodeDer(0x82, Uint8Array.of(1))),
    ),
  ],
};

const UNPLANNED: Readonly<Record<string, readonly [field: string, extension: Der]>> = {
  "extended key usages": ["extendedKeyUsage", extendedKeyUsage([OID.clientAuth])],
  "an alternative name": ["extension 2.5.29.17", subjectAltName(["ca.example"], [], false)],
  "an address of a list": ["cRLDistributionPoints", crlDistributionPoints("http://crl.example/")],
  "name constraints": ["nameConstraints", unplanned(OID.nameConstraints, true, sequence())],
  "a policy": [
    "extension 2.5.29.32",
    unplanned("2.5.29.32", false, sequence(sequence(objectIdentifier("2.5.29.32.0")))),
  ],
  "something of its own": ["extension 1.3.6.1.4.1.55555.1", unplanned("1.3.6.1.4.1.55555.1", false, sequence())],
  "something critical of its own": [
    "extension 1.3.6.1.4.1.55555.1",
    unplanned("1.3.6.1.4.1.55555.1", true, sequence()),
  ],
};

const inExtensions = (change: (extensions: readonly DerElement[]) => readonly Der[]): Der =>
  changed(planned, EXTENSIONS, (tagged) => withExtensions(tagged, change));

const withOne = (type: string, change: (one: DerElement) => readonly Der[]): Der =>
  inExtensions((all) => all.flatMap((one) => (isOfType(one, type) ? change(one) : [one.encoded])));

async function assertRefused(der: Der, field: string): Promise<void> {
  const { error, events } = await inspection(der);
  assert.ok(error instanceof InspectionError, `it was not refused: ${String(error)}`);
  const fields = error.differences.map((one) => one.field);
  assert.ok(fields.includes(field), `expected ${field} among ${error.message}`);
  for (const { expected, got } of error.differences) assert.notEqual(expected, got);
  assert.match(
    error.message,
    /^@peculiar\/x509 does not read the certificate of issuing-g1 as planned: .*expected .*got /s,
  );
  assert.deepEqual(
    events.map(({ event, authorityId, field: named }) => [event, authorityId, named]),
    [["inspection_failed", "issuing-g1", fields[0]]],
  );
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

  for (const [field, type] of Object.entries(EXTENSION_FIELDS))
    for (const [name, change] of Object.entries(OF_ANY))
      it(`refuses ${field} ${name}`, async () => {
        const { error } = await inspection(signed(withOne(type, change)));
        assert.ok(error instanceof InspectionError);
        // An empty value is none that it can read.
        assert.match(error.message, name === "empty" ? /expected/ : new RegExp(`${field}: expected `));
      });

  for (const [name, [field, mutant]] of Object.entries(IN_PLACE))
    it(`refuses ${field} with ${name}`, () => {
      const change = (one: DerElement): readonly Der[] => [typeof mutant === "function" ? mutant(one) : mutant];
      return assertRefused(
        signed(withOne(EXTENSION_FIELDS[field], change)),
        name.startsWith("criticality") ? "encoding" : field,
      );
    });

  for (const [name, [field, more]] of Object.entries(UNPLANNED))
    it(`refuses ${name}`, () =>
      assertRefused(signed(inExtensions((all) => [...all.map(({ encoded }) => encoded), more])), field));

  it("refuses a certificate without extensions", () =>
    assertRefused(signed(sequence(...partsOf(planned).slice(0, EXTENSIONS))), "basicConstraints"));

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

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import {
  END_ENTITY_CONSTRAINTS,
  caConstraints,
  extendedKeyUsage,
  keyUsage,
  authorityKeyIdentifier,
} from "../../../../core/certificate/extension.ts";
import type { Der } from "../../../../core/asn1/der.ts";
import { sequence } from "../../../../core/asn1/der-writer.ts";
import { OID } from "../../../../core/asn1/object-identifier.ts";
import {
  parseIssuingCertificate,
  parseRoot,
  parseTrustAnchors,
} from "../../../../core/authority/external/external-ca.ts";
import { encodePem } from "../../../../core/asn1/pem.ts";
import { RSA_SHA256 } from "../../../../core/keys/signature-algorithm.ts";
import { hoursFrom, NOW } from "../../../support/authorities.ts";
import { extension } from "../../../support/certificate-requests.ts";
import { newKeyPair } from "../../../support/key-pairs.ts";
import { externalRoot, type CertificatePlan } from "../../../support/external-ca.ts";

const root = externalRoot();
const policy = root.below("Example policy CA");
const key = newKeyPair("P-256");
const NONE = Buffer.alloc(0);
const CA_WITHOUT_LENGTH = extension(OID.basicConstraints, sequence(Buffer.from("0101ff", "hex")), true);
/** As a deployment hands it over. */
const parsed = (pem: string): string =>
  parseRoot(pem)
    .map(({ der }) => encodePem("CERTIFICATE", der))
    .join("");
const far = hoursFrom(NOW, 25 * 365 * 24);
const nameConstraints = extension(OID.nameConstraints, sequence());

describe("the certificates of an external CA", () => {
  it("are its root first, and whatever is between, in any order and with text around", () => {
    const anchors = parseTrustAnchors(`subject=policy\n${policy.pem}\n${root.pem}${root.pem}`);
    assert.deepEqual(
      anchors.map(({ subject }) => subject.at(-1)?.value),
      ["Example root", "Example policy CA"],
    );
    assert.equal(parseIssuingCertificate(policy.certify(key.spki), anchors).isCa, true);
  });

  it("may be of RSA keys while the issuing CA's is not", () => {
    const rsa = externalRoot("RSA root", {}, "RSA-2048");
    assert.equal(parseIssuingCertificate(rsa.certify(key.spki), parseTrustAnchors(rsa.pem)).isCa, true);
  });

  const lowRoot = externalRoot("Low root", { constraints: caConstraints(0) });
  const badAnchors: readonly [string, string, RegExp][] = [
    ["no certificate", "hello", /^holds no certificate in PEM/],
    ["a private key", `${root.pem}-----BEGIN EC PRIVATE KEY-----`, /^holds a private key/],
    ["what is no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", /cannot be read/],
    ["no root", policy.pem, /^holds no root/],
    ["two roots", root.pem + lowRoot.pem, /^holds 2 roots.*Low root/],
    [
      "a CA of another root",
      root.pem + lowRoot.below("stray").pem,
      /stray.*whose issuer is not among "O=Example, CN=Example root"/,
    ],
    ["a CA where none may follow", lowRoot.pem + lowRoot.below("low").pem, /low.*path length is 0/],
    [
      "an end entity",
      root.pem + root.below("leaf", { constraints: END_ENTITY_CONSTRAINTS }).pem,
      /leaf.*no CA's certificate/,
    ],
    [
      "two certificates of one name",
      root.pem + policy.pem + root.below("Example policy CA").pem,
      /holds two certificates of/,
    ],
  ];
  for (const [what, pem, reason] of badAnchors) {
    it(`are not ${what}`, () => assert.throws(() => parseRoot(pem), { message: reason }));
  }

  const badIssuing: readonly [string, CertificatePlan, RegExp][] = [
    ["is no CA", { constraints: END_ENTITY_CONSTRAINTS }, /CA:TRUE/],
    ["lets CAs follow", { constraints: caConstraints(1) }, /path length must be 0/],
    ["does not say how many CAs may follow", { constraints: CA_WITHOUT_LENGTH }, /path length must be 0/],
    ["has no constraints", { constraints: NONE }, /CA:TRUE/],
    [
      "has constraints that are not critical",
      { constraints: extension(OID.basicConstraints, sequence(Buffer.from("0101ff", "hex"))) },
      /not critical/,
    ],
    ["has no key usage", { keyUsage: NONE }, /must have keyCertSign/],
    ["may not sign certificates", { keyUsage: keyUsage(["digitalSignature", "cRLSign"]) }, /must have keyCertSign/],
    ["may not sign revocation lists", { keyUsage: keyUsage(["keyCertSign"]) }, /must have cRLSign/],
    ["has no subject key identifier", { subjectKeyIdentifier: NONE }, /no subject key identifier/],
    [
      "names another key as its issuer's",
      { authorityKeyIdentifier: authorityKeyIdentifier(Buffer.alloc(20)) },
      /authority key identifier is not that of/,
    ],
    ["outlives its issuer", { validity: { notBefore: NOW, notAfter: far } }, /not within its issuer's/],
    [
      "begins before its issuer",
      { validity: { notBefore: hoursFrom(NOW, -2), notAfter: hoursFrom(NOW, 9000) } },
      /not within its issuer's/,
    ],
    ["has name constraints", { others: [nameConstraints] }, /name constraints/],
    [
      "has a critical extension nobody knows",
      { others: [extension("1.2.3.4", sequence(), true)] },
      /critical extension 1\.2\.3\.4 is not understood/,
    ],
    ["is for servers only", { others: [extendedKeyUsage([OID.serverAuth])] }, /both clientAuth and serverAuth/],
    ["says it is signed by another kind of key", { algorithm: RSA_SHA256 }, /has not signed/],
    [
      "says SHA-1",
      { algorithm: { ...RSA_SHA256, algorithmIdentifier: Buffer.from("300906072a8648ce3d0401", "hex") } },
      /signature algorithm is not one of/,
    ],
  ];
  for (const [what, plan, reason] of badIssuing) {
    it(`say no to an issuing CA that ${what}`, () => {
      assert.throws(() => parseIssuingCertificate(root.certify(key.spki, plan), parseTrustAnchors(root.pem)), {
        message: reason,
      });
    });
  }

  it("say no to what somebody else of the same name has signed", () => {
    const impostor = externalRoot().certify(key.spki, { authorityKeyIdentifier: NONE });
    assert.throws(() => parseIssuingCertificate(impostor, parseTrustAnchors(root.pem)), /has not signed/);
  });

  it("say no to an issuing CA one below what its root allows", () => {
    const high = externalRoot("High root", { constraints: caConstraints(1) });
    const middle = high.below("middle");
    const anchors = parseTrustAnchors(high.pem + middle.pem);
    assert.throws(() => parseIssuingCertificate(middle.certify(key.spki), anchors), /middle.*path length is 1/);
    assert.equal(parseIssuingCertificate(high.certify(key.spki), anchors).isCa, true);
    assert.throws(
      () => parseIssuingCertificate(lowRoot.certify(key.spki), parseTrustAnchors(lowRoot.pem)),
      /path length is 0/,
    );
  });

  it("say no to a root as its own issuing CA, to none, and to two", () => {
    const anchors = parseTrustAnchors(root.pem);
    assert.throws(() => parseIssuingCertificate(root.pem, anchors), /its own issuer/);
    assert.throws(() => parseIssuingCertificate("", anchors), /holds no certificate/);
    assert.throws(() => parseIssuingCertificate(root.certify(key.spki) + root.pem, anchors), /and holds 2/);
  });

  it("may be of several roots, from a file each", () => {
    const other = externalRoot("Other root");
    const anchors = parseTrustAnchors(parsed(root.pem + policy.pem) + parsed(other.pem));
    assert.deepEqual(
      anchors.map(({ subject }) => subject.at(-1)?.value),
      ["Example root", "Other root", "Example policy CA"],
    );
    for (const by of [policy, other]) assert.equal(parseIssuingCertificate(by.certify(key.spki), anchors).isCa, true);
  });

  it("say no to an issuing CA with the key or the subject of another, or the subject of one above", () => {
    const anchors = parseTrustAnchors(root.pem + policy.pem);
    const others = new Map([["issuing-g1", parseIssuingCertificate(root.certify(key.spki), anchors)]]);
    const parse = (spki: Der, commonName: string) =>
      parseIssuingCertificate(root.certify(spki, { commonName }), anchors, others);
    const { spki } = newKeyPair("P-256");
    assert.equal(parse(spki, "Example issuing 2").isCa, true);
    assert.throws(() => parse(key.spki, "Example issuing 2"), /is for the key of issuing-g1/);
    assert.throws(() => parse(spki, "Example issuing"), /is the subject of issuing-g1 too/);
    assert.throws(() => parse(spki, "Example policy CA"), /is the subject of a CA above it too/);
  });

  it("say no to a key that is too weak", () => {
    const spki = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "der", type: "spki" });
    assert.throws(
      () => parseIssuingCertificate(root.certify(spki), parseTrustAnchors(root.pem)),
      /whose key cannot be used/,
    );
  });

  it("take an extended key usage that allows nodes' certificates", () => {
    const wide = root.certify(key.spki, { others: [extendedKeyUsage([OID.clientAuth, OID.serverAuth])] });
    assert.equal(parseIssuingCertificate(wide, parseTrustAnchors(root.pem)).isCa, true);
  });
});

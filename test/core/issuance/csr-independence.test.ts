import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { parseCertificateRequest, type CertificateRequest } from "../../../core/csr/certificate-request.ts";
import { parseDer, TAG, type Der } from "../../../core/asn1/der.ts";
import { boolean, encodeDer, namedBits, octetString, sequence, setOf } from "../../../core/asn1/der-writer.ts";
import { subjectName } from "../../../core/asn1/distinguished-name.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { RefusalError } from "../../../core/refusal.ts";
import type { SerialNumber } from "../../../core/certificate/serial-number.ts";
import { buildEndEntityTbs } from "../../../core/certificate/tbs-certificate.ts";
import { validityOf } from "../../../core/certificate/validity.ts";
import { NOW, testAuthorities, type TestAuthorities } from "../../support/authorities.ts";
import {
  attribute,
  buildCsr,
  extension,
  extensionRequest,
  nameOf,
  signInfo,
  type CsrPlan,
} from "../../support/certificate-requests.ts";
import { bootstrapIdentity } from "../../support/identities.ts";
import { CLIENT, SERVING } from "../../support/policy-questions.ts";
import { dnsName, ipAddress, subjectAltName } from "../../support/profile-samples.ts";
import { decideByRule, grantedTbs } from "../../support/pure-issuance.ts";

/**
 * What a certificate says depends on rule, name, key, serial number, time and granted alternative names. Every other bit
 * of a CSR may change as it likes: the TBSCertificate stays, or the request is refused. Copying one byte more of a CSR is
 * how other CAs gave away what they never meant to (cfssl PR 1436).
 */
const SERIAL = "17".repeat(16) as SerialNumber;
/** Any names, so that many changes are granted. */
const ANY_NAME = { ...SERVING, dnsNames: ["*"] };
const NULL = encodeDer(TAG.null);
const identity = bootstrapIdentity({}, ["system:nodes"]);
const utf8 = (text: string): Der => encodeDer(TAG.utf8String, Buffer.from(text));

describe("the TBSCertificate does not depend on", () => {
  let authorities: TestAuthorities;
  before(async () => {
    authorities = await testAuthorities();
  });

  /** Undefined when the policy denies it. */
  function tbsOf(csr: CertificateRequest, rule = CLIENT): string | undefined {
    const decision = decideByRule({ csr, rule, identity });
    const issuance = { issuer: authorities.issuer, csr, rule, serialNumber: SERIAL };
    return decision.outcome === "deny" ? undefined : Buffer.from(grantedTbs(issuance, decision.grant)).toString("hex");
  }
  const tbsOfPlan = (plan: CsrPlan, rule = CLIENT): string | undefined =>
    tbsOf(parseCertificateRequest(buildCsr(plan)), rule);

  const harmless: ({ why: string } & CsrPlan)[] = [
    { why: "a new signature over the same request" },
    {
      why: "the hash of the signature",
      hash: "sha512",
      algorithmIdentifier: sequence(objectIdentifier(OID.ecdsaWithSha512)),
    },
    {
      why: "NULL behind the algorithm of its signature",
      algorithmIdentifier: sequence(objectIdentifier(OID.ecdsaWithSha256), NULL),
    },
    {
      why: "the padding of its key usage",
      attributes: [extensionRequest(extension(OID.keyUsage, encodeDer(TAG.bitString, Buffer.of(0, 0x80, 0, 0))))],
    },
    { why: "a challenge password", attributes: [attribute("1.2.840.113549.1.9.7", utf8("let me in"))] },
    { why: "an attribute nobody knows", attributes: [attribute("1.3.6.1.4.1.99999", sequence(utf8("x")))] },
    {
      why: "the string types of the subject",
      subject: nameOf(
        { type: OID.organization, tag: TAG.utf8String, content: "system:nodes" },
        { type: OID.commonName, tag: TAG.ia5String, content: "system:node:n1.example" },
      ),
    },
    {
      why: "the order of the subject",
      subject: nameOf(
        { type: OID.commonName, tag: TAG.utf8String, content: "system:node:n1.example" },
        { type: OID.organization, tag: TAG.utf8String, content: "system:nodes" },
      ),
    },
    { why: "an extension request without extensions", attributes: [extensionRequest()] },
    {
      why: "a subject key identifier of its own",
      attributes: [extensionRequest(extension(OID.subjectKeyIdentifier, octetString(Buffer.alloc(20, 7))))],
    },
    {
      why: "the key usage asked for as an extension",
      attributes: [extensionRequest(extension(OID.keyUsage, namedBits([0])))],
    },
    {
      why: "which extensions it wants critical",
      attributes: [
        extensionRequest(
          extension(OID.keyUsage, namedBits([0]), true),
          extension(OID.extendedKeyUsage, sequence(objectIdentifier("1.3.6.1.5.5.7.3.2")), true),
        ),
      ],
    },
    {
      why: "CA:FALSE asked for, with a path length",
      attributes: [extensionRequest(extension(OID.basicConstraints, sequence(encodeDer(TAG.integer, Buffer.of(3)))))],
    },
  ];
  for (const { why, ...plan } of harmless) {
    it(why, () => {
      assert.equal(tbsOfPlan(plan), tbsOfPlan({}));
    });
  }

  it("any extension in the request: it changes nothing, or the request is refused", () => {
    const known = fc.constantFrom(
      ...Object.values(OID),
      "2.5.29.30",
      "2.5.29.31",
      "2.5.29.32",
      "1.3.6.1.5.5.7.1.1",
      "2.16.840.1.113730.1.1",
    );
    const value = fc.oneof(
      fc.constantFrom<Der>(
        sequence(),
        NULL,
        boolean(true),
        sequence(boolean(true)),
        namedBits([0]),
        namedBits([5]),
        sequence(dnsName("n1.example")),
        sequence(objectIdentifier("2.5.29.37.0")),
      ),
      fc.uint8Array({ maxLength: 20 }),
    );
    const one = fc.record({ type: known, value, isCritical: fc.boolean() });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 3 }), (extensions) => {
        const request = extensionRequest(
          ...extensions.map(({ type, value, isCritical }) => extension(type, value, isCritical || undefined)),
        );
        const tbs = orUndefined(() => tbsOfPlan({ attributes: [request] }));
        assert.ok(tbs === undefined || tbs === tbsOfPlan({}));
      }),
      { numRuns: 500 },
    );
  });

  it("anything but the name and the key, when an attacker with the key changes the request at will", () => {
    const body = Buffer.from(
      parseDer(
        buildCsr({ attributes: [extensionRequest(subjectAltName(dnsName("n1.example"), ipAddress("10.0.0.1")))] }),
      ).children[0]?.encoded ?? NULL,
    );
    const change = fc.tuple(fc.nat(body.length - 1), fc.oneof(fc.nat(255), fc.integer({ min: 0x61, max: 0x7a })));
    let issued = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
        const changed = Buffer.from(body);
        for (const [at, octet] of changes) changed[at] = octet;
        const csr = orUndefined(() => parseCertificateRequest(signInfo(changed)));
        const decision = csr && decideByRule({ csr, rule: ANY_NAME, identity });
        if (csr === undefined || decision?.outcome !== "issue") return;
        issued++;
        const { dnsNames, ipAddresses } = csr.extensions;
        const said = buildEndEntityTbs(authorities.issuer, {
          serialNumber: SERIAL,
          validity: validityOf(NOW, ANY_NAME.defaultLifetimeSeconds, authorities.issuer),
          subject: subjectName(["system:nodes"], `system:node:${decision.name}`),
          // DNS names differ not by case.
          dnsNames: [...new Set(dnsNames.map((name) => name.toLowerCase()))],
          ipAddresses,
          usages: ["digital signature", "server auth"],
          spki: csr.spki,
        });
        assert.equal(tbsOf(csr, ANY_NAME), Buffer.from(said).toString("hex"));
      }),
      { numRuns: 3000 },
    );
    assert.ok(issued > 20, `${issued} of the changed requests were issued: too few to say anything`);
  });

  it("but does depend on key, name, alternative names, serial number and time", () => {
    const names = (...all: Der[]): CsrPlan => ({ attributes: [extensionRequest(subjectAltName(...all))] });
    const one = tbsOfPlan(names(dnsName("n1.example")), SERVING);
    assert.notEqual(tbsOfPlan(names(ipAddress("10.0.0.1")), SERVING), one);
    const other = nameOf(
      { type: OID.organization, tag: TAG.utf8String, content: "system:nodes" },
      { type: OID.commonName, tag: TAG.utf8String, content: "system:node:n2.example" },
    );
    assert.notEqual(tbsOfPlan({ subject: other }), tbsOfPlan({}));
    assert.throws(() => tbsOfPlan({ subject: sequence(setOf()) }), RefusalError);
  });
});

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof RefusalError, String(error));
    return undefined;
  }
}

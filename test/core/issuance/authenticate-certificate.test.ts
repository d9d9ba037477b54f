import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { authenticateCertificate } from "../../../core/issuance/authenticate-certificate.ts";
import type { Authority, AuthorityState } from "../../../core/authority/authority.ts";
import type { Der } from "../../../core/asn1/der.ts";
import { issuerDirectory, type IssuerDirectory } from "../../../core/authority/issuer-directory.ts";
import { OID } from "../../../core/asn1/object-identifier.ts";
import { RefusalError } from "../../../core/refusal.ts";
import type { SerialNumber } from "../../../core/certificate/serial-number.ts";
import { buildEndEntityTbs } from "../../../core/certificate/tbs-certificate.ts";
import { hoursFrom, nodeCertificate, NOW, testAuthorities, type TestAuthorities } from "../../support/authorities.ts";
import { sharedKeyPair } from "../../support/key-pairs.ts";

const { spki } = sharedKeyPair("P-256");
const VALIDITY = { notBefore: hoursFrom(NOW, -1), notAfter: hoursFrom(NOW, 1) };

describe("authenticateCertificate", () => {
  let ours: TestAuthorities;
  let theirs: TestAuthorities;
  before(async () => {
    [ours, theirs] = await Promise.all([testAuthorities(), testAuthorities()]);
  });
  const authenticate = (der: Der, now = NOW, directory: IssuerDirectory = ours.directory) =>
    authenticateCertificate(der, directory, now, "invalid_client_certificate");
  const refuses = (der: Der, message: RegExp, now = NOW): void =>
    assert.throws(() => authenticate(der, now), { name: "RefusalError", code: "invalid_client_certificate", message });

  it("gives Kubernetes' identity: user name from CN, groups from O", () => {
    const serialNumber = "5a".repeat(16) as SerialNumber;
    const authenticated = authenticate(nodeCertificate(ours, spki, { serialNumber }));
    const { identity, certificate, serialNumber: read } = authenticated;
    assert.equal(read, serialNumber);
    const issuerId = ours.directory.active().id;
    assert.deepEqual(identity, {
      username: "system:node:n1.example",
      groups: ["system:nodes", "system:authenticated"],
      certificate: { serialNumber, nodeName: "n1.example", signed: { certificate, serialNumber, issuerId } },
    });
  });

  it("gives the whole common name where it names no node", () => {
    const subject = [
      { type: OID.organization, value: "agents" },
      { type: OID.organization, value: "eu" },
      { type: OID.commonName, value: "agent-1" },
    ];
    const { identity } = authenticate(nodeCertificate(ours, spki, { subject }));
    assert.deepEqual(identity.groups, ["agents", "eu", "system:authenticated"]);
    assert.equal(identity.certificate.nodeName, "agent-1");
  });

  for (const keyType of ["P-256", "P-384", "RSA-2048"] as const) {
    it(`takes certificates of a ${keyType} CA`, async () => {
      const authorities = await testAuthorities(keyType);
      assert.doesNotThrow(() => authenticate(nodeCertificate(authorities, spki), NOW, authorities.directory));
    });
  }

  const moments = [
    { why: "its first second", at: VALIDITY.notBefore, isValid: true },
    { why: "the millisecond before", at: new Date(VALIDITY.notBefore.getTime() - 1), isValid: false },
    { why: "its last second", at: VALIDITY.notAfter, isValid: true },
    { why: "the second after", at: new Date(VALIDITY.notAfter.getTime() + 1000), isValid: false },
  ];
  for (const { why, at, isValid } of moments) {
    it(`${isValid ? "takes" : "refuses"} a certificate in ${why}`, () => {
      const der = nodeCertificate(ours, spki, { validity: VALIDITY });
      if (isValid) assert.doesNotThrow(() => authenticate(der, at));
      else refuses(der, /it expired at|it is not valid before/, at);
    });
  }

  it("takes an expired certificate where it may recover, and says when it ended", () => {
    const [at, end] = [hoursFrom(NOW, 400 * 24), VALIDITY.notAfter];
    const der = nodeCertificate(ours, spki, { validity: VALIDITY });
    const { identity } = authenticateCertificate(der, ours.directory, at, "invalid_proof", "recoverable");
    assert.deepEqual(identity.certificate.expiredAt, end);
    const alive = authenticateCertificate(der, ours.directory, end, "invalid_proof", "recoverable");
    assert.equal(alive.identity.certificate.expiredAt, undefined);
  });

  it("takes no expired certificate of a CA that has expired since, or is not in use any more", () => {
    const der = nodeCertificate(ours, spki, { validity: VALIDITY });
    const recover = (directory: IssuerDirectory, at: Date) =>
      authenticateCertificate(der, directory, at, "invalid_proof", "recoverable");
    assert.throws(() => recover(ours.directory, hoursFrom(NOW, 30 * 366 * 24)), {
      code: "invalid_proof",
      message: /expired at .*, and since then issuing-g1, which signed it/,
    });
    const retired = ours.bundle.authorities.map((one): Authority => ({ ...one, state: "retired" }));
    assert.throws(() => recover(issuerDirectory({ ...ours.bundle, authorities: retired }), hoursFrom(NOW, 2)), {
      code: "invalid_proof",
      message: /its CA issuing-g1 has been retired; join again with a token/,
    });
  });

  const states: { state: AuthorityState; isTaken: boolean }[] = [
    { state: "active", isTaken: true },
    { state: "retiring", isTaken: true },
    { state: "prepared", isTaken: true },
    { state: "retired", isTaken: false },
  ];
  for (const { state, isTaken } of states) {
    it(`${isTaken ? "takes" : "refuses"} a certificate of an issuing CA that is ${state}`, () => {
      const authorities = ours.bundle.authorities.map((one): Authority =>
        one.role === "issuing" ? { ...one, state } : one,
      );
      const directory = issuerDirectory({ ...ours.bundle, authorities });
      const act = (): unknown => authenticate(nodeCertificate(ours, spki), NOW, directory);
      if (isTaken) assert.doesNotThrow(act);
      else assert.throws(act, { code: "invalid_client_certificate" });
    });
  }

  const refused: { why: string; der: () => Der; message: RegExp }[] = [
    {
      why: "a certificate of a foreign CA with the same names",
      der: () => nodeCertificate(theirs, spki),
      message: /not signed by an issuing CA of this service/,
    },
    {
      why: "a certificate that names our issuer and its key, signed by another",
      der: () => nodeCertificate({ ...theirs, issuer: ours.issuer }, spki),
      message: /not signed by an issuing CA/,
    },
    {
      why: "our signature under another key identifier",
      der: () =>
        nodeCertificate({ ...ours, issuer: { ...ours.issuer, subjectKeyId: theirs.issuer.subjectKeyId } }, spki),
      message: /not signed by an issuing CA/,
    },
    {
      why: "a server's certificate",
      der: () => nodeCertificate(ours, spki, { usages: ["digital signature", "server auth"] }),
      message: /not for client authentication/,
    },
    {
      why: "a certificate for any purpose",
      der: () => nodeCertificate(ours, spki, { usages: ["digital signature", "any"] }),
      message: /not for client authentication/,
    },
    {
      why: "a certificate without a purpose",
      der: () => nodeCertificate(ours, spki, { usages: ["digital signature"] }),
      message: /not for client authentication/,
    },
    {
      why: "a certificate without a common name",
      der: () => nodeCertificate(ours, spki, { subject: [] }),
      message: /no common name/,
    },
    {
      why: "a serial number that is none of ours",
      der: () => nodeCertificate(ours, spki, { serialNumber: "0f01" as SerialNumber }),
      message: /the client certificate is not accepted/,
    },
    { why: "the root", der: () => ours.rootCertificate, message: /not signed by an issuing CA/ },
    { why: "the issuing CA itself", der: () => ours.issuer.certificate.der, message: /not signed by an issuing CA/ },
    {
      why: "a TBSCertificate without a signature",
      der: () =>
        buildEndEntityTbs(ours.issuer, {
          serialNumber: "11".repeat(16) as SerialNumber,
          validity: VALIDITY,
          subject: [],
          dnsNames: [],
          ipAddresses: [],
          usages: [],
          spki,
        }),
      message: /the certificate has 8 elements/,
    },
    { why: "nothing", der: () => Buffer.alloc(0), message: /cut off/ },
    { why: "a megabyte of zeros", der: () => Buffer.alloc(1_000_000), message: /has no place in a CSR or certificate/ },
  ];
  for (const { why, der, message } of refused) {
    it(`refuses ${why}`, () => refuses(der(), message));
  }

  it("refuses with the code it is told: a proof is not mutual TLS", () => {
    assert.throws(() => authenticateCertificate(Buffer.alloc(0), ours.directory, NOW, "invalid_proof"), {
      code: "invalid_proof",
    });
  });

  it("refuses a certificate after any flip of one bit, and throws nothing else", () => {
    const der = nodeCertificate(ours, spki);
    fc.assert(
      fc.property(fc.nat(der.length * 8 - 1), (bit) => {
        const changed = Buffer.from(der);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
        assert.throws(
          () => authenticate(changed),
          (error) => error instanceof RefusalError,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

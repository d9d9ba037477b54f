import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { REVOCATION_REASONS } from "../../../core/ledger/issuance-record.ts";
import { KEY_TYPES } from "../../../core/keys/key-type.ts";
import {
  buildTbsCertList,
  type RevocationListFields,
  type RevokedEntry,
} from "../../../core/revocation/revocation-list.ts";
import { revocationListUrl } from "../../../core/authority/revocation-shard.ts";
import { randomSerialNumber } from "../../../core/certificate/serial-number.ts";
import { hoursFrom, nodeCertificate, NOW, testAuthorities, type TestAuthorities } from "../../support/authorities.ts";
import { newKeyPair } from "../../support/key-pairs.ts";
import { OPENSSL_SKIP, tryOpenssl, workspace, type Workspace } from "../../support/openssl.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import { parseCertificate } from "../../../core/certificate/certificate.ts";
import { X509Certificate, X509Crl } from "../../support/x509.ts";

const entry = (changes: Partial<RevokedEntry> = {}): RevokedEntry => ({
  serialNumber: randomSerialNumber(),
  revokedAt: hoursFrom(NOW, -2),
  reason: "keyCompromise",
  ...changes,
});

function listOf(authorities: TestAuthorities, changes: Partial<RevocationListFields> = {}): Uint8Array {
  const fields = { number: 7, thisUpdate: NOW, nextUpdate: hoursFrom(NOW, 24), entries: [], distributionPoints: [] };
  return authorities.certify(buildTbsCertList(authorities.issuer, { ...fields, ...changes }));
}

describe("a revocation list", () => {
  // Longer RSA keys differ in length only, and take seconds to make.
  for (const keyType of KEY_TYPES.filter((one) => one !== "RSA-3072" && one !== "RSA-4096")) {
    it(`of a ${keyType} CA verifies for @peculiar/x509`, async () => {
      const authorities = await testAuthorities(keyType);
      const crl = new X509Crl(listOf(authorities, { entries: [entry()] }));
      const publicKey = new X509Certificate(authorities.issuer.certificate.der);
      assert.ok(await crl.verify({ publicKey }));
    });
  }

  it("says what it was given, sorted by serial number", async () => {
    const authorities = await testAuthorities();
    const entries = Array.from({ length: 40 }, () => entry());
    const crl = new X509Crl(listOf(authorities, { entries }));
    assert.equal(crl.issuer, new X509Certificate(authorities.issuer.certificate.der).subject);
    assert.deepEqual([crl.thisUpdate, crl.nextUpdate], [NOW, hoursFrom(NOW, 24)]);
    assert.deepEqual(
      crl.entries.map(({ serialNumber }) => serialNumber.replace(/^00(?=.{32})/, "")),
      entries.map(({ serialNumber }) => serialNumber).sort(),
    );
    assert.deepEqual(
      crl.extensions.map(({ type, critical }) => [type, critical]),
      [
        ["2.5.29.35", false],
        ["2.5.29.20", false],
      ],
    );
  });

  it("codes each reason as RFC 5280 does, and leaves out the unspecified", async () => {
    const authorities = await testAuthorities();
    const codes = REVOCATION_REASONS.map(
      (reason) => new X509Crl(listOf(authorities, { entries: [entry({ reason })] })).entries[0]?.reason,
    );
    assert.deepEqual(codes, [undefined, 1, 2, 3, 4, 5, 9]);
  });

  it("has a number that keeps its order up to the largest safe integer", async () => {
    const authorities = await testAuthorities();
    await fc.assert(
      fc.asyncProperty(fc.maxSafeNat(), (number) => {
        const extension = new X509Crl(listOf(authorities, { number })).extensions.find(
          ({ type }) => type === "2.5.29.20",
        );
        const octets = Buffer.from(extension?.value ?? new ArrayBuffer()).subarray(2);
        assert.equal(BigInt(`0x${octets.toString("hex")}`), BigInt(number));
        return Promise.resolve();
      }),
      { numRuns: 20 },
    );
  });

  it("refuses a serial number that is there twice", async () => {
    const authorities = await testAuthorities();
    const twice = entry();
    assert.throws(() => listOf(authorities, { entries: [entry(), twice, twice] }), /is in the list twice/);
  });

  it("takes a hundred thousand entries", async () => {
    const authorities = await testAuthorities();
    const entries = Array.from({ length: 100_000 }, () => entry());
    const octetsEach = listOf(authorities, { entries }).length / entries.length;
    assert.ok(octetsEach > 45 && octetsEach < 52, `${octetsEach} octets an entry`);
  });
});

describe("openssl", { skip: OPENSSL_SKIP }, () => {
  const url = (shard: string) => revocationListUrl("http://crl.example", { authorityId: "issuing-g1", shard });
  let files: Workspace;
  let authorities: TestAuthorities;
  before(async () => {
    files = workspace();
    authorities = await testAuthorities();
    files.write("root.pem", encodePem("CERTIFICATE", authorities.rootCertificate));
    files.write("issuing.pem", encodePem("CERTIFICATE", authorities.issuer.certificate.der));
  });
  after(() => files.remove());

  function verdict(certificate: Uint8Array, list: Uint8Array): string {
    const leaf = files.write("leaf.pem", encodePem("CERTIFICATE", Buffer.from(certificate)));
    const crl = files.write("list.pem", encodePem("X509 CRL", Buffer.from(list)));
    const at = String(NOW.getTime() / 1000 + 60);
    const chain = ["-CAfile", files.path("root.pem"), "-untrusted", files.path("issuing.pem")];
    const { isGood, output } = tryOpenssl(["verify", "-attime", at, "-crl_check", "-CRLfile", crl, ...chain, leaf]);
    return isGood ? "good" : (/error \d+ at 0 depth lookup: (.*)/.exec(output)?.[1] ?? output);
  }

  it("verifies it with the issuing CA, and refuses it with another", async () => {
    const list = listOf(authorities, { entries: [entry()] });
    const check = (ca: string) => tryOpenssl(["crl", "-inform", "DER", "-noout", "-verify", "-CAfile", ca], list);
    assert.match(check(files.path("issuing.pem")).output, /verify OK/);
    const other = await testAuthorities();
    const otherFile = files.write("other.pem", encodePem("CERTIFICATE", other.issuer.certificate.der));
    assert.doesNotMatch(check(otherFile).output, /verify OK/);
  });

  it("refuses what is in it, and takes what is not", () => {
    const [good, bad] = [0, 1].map(() => nodeCertificate(authorities, newKeyPair("P-256").spki)) as [
      Uint8Array,
      Uint8Array,
    ];
    const { serialNumber } = parseCertificate(Buffer.from(bad));
    const list = listOf(authorities, {
      entries: [entry({ serialNumber: serialNumber as RevokedEntry["serialNumber"] })],
    });
    assert.equal(verdict(bad, list), "certificate revoked");
    assert.equal(verdict(good, list), "good");
    assert.equal(verdict(good, listOf(authorities)), "good");
  });

  it("refuses a list that has outlived its next update", () => {
    const certificate = nodeCertificate(authorities, newKeyPair("P-256").spki);
    const list = listOf(authorities, { thisUpdate: hoursFrom(NOW, -25), nextUpdate: hoursFrom(NOW, -1) });
    assert.equal(verdict(certificate, list), "CRL has expired");
  });

  it("takes a shard for the certificates that name it, and for no other", () => {
    const spki = newKeyPair("P-256").spki;
    const list = listOf(authorities, { distributionPoints: [url("a"), "http://old.example/v1/crl/issuing-g1/a"] });
    const named = (revocationListUrl?: string) => nodeCertificate(authorities, spki, { revocationListUrl });
    assert.equal(verdict(named(url("a")), list), "good");
    assert.equal(verdict(named("http://old.example/v1/crl/issuing-g1/a"), list), "good");
    for (const other of [named(url("b")), named(url("")), named()])
      assert.match(verdict(other, list), /unable to get certificate CRL|[Dd]ifferent CRL scope/);
  });

  it("takes the whole list for certificates of every shard", () => {
    const spki = newKeyPair("P-256").spki;
    for (const shard of ["", "a", "a3"])
      assert.equal(
        verdict(nodeCertificate(authorities, spki, { revocationListUrl: url(shard) }), listOf(authorities)),
        "good",
      );
  });
});

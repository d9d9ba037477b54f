import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, it } from "node:test";
import {
  activeIssuer,
  issuerOf,
  spkiSha256,
  trustedAuthorities,
  type Authority,
  type TrustBundle,
} from "../../../core/authority/authority.ts";
import { cachedIssuerDirectory, issuerDirectory } from "../../../core/authority/issuer-directory.ts";
import {
  authorityServices,
  nodeCertificate,
  NOW,
  testAuthorities,
  type TestAuthorities,
} from "../../support/authorities.ts";
import { sharedKeyPair } from "../../support/key-pairs.ts";

describe("authorities", () => {
  let test: TestAuthorities;
  let root: Authority;
  let issuing: Authority;
  before(async () => {
    test = await testAuthorities();
    const [first, second] = test.bundle.authorities;
    assert.ok(first && second);
    [root, issuing] = [first, second];
  });
  const bundleOf = (...authorities: Authority[]): TrustBundle => ({ sequence: 1, authorities });

  it("sign with the active issuing CA, whatever is prepared or retiring", () => {
    const prepared: Authority = { ...issuing, id: "issuing-g2", state: "prepared" };
    assert.equal(activeIssuer(bundleOf(root, prepared, issuing)), issuing);
    assert.throws(() => activeIssuer(bundleOf(root, prepared)), { code: "signer_busy" });
    assert.throws(() => activeIssuer(bundleOf(root)), { code: "signer_busy" });
  });

  it("are trusted until they are retired, issuing CAs first", () => {
    const retired: Authority = { ...issuing, id: "issuing-g0", state: "retired" };
    const retiring: Authority = { ...issuing, id: "issuing-g0", state: "retiring" };
    assert.deepEqual(trustedAuthorities(bundleOf(root, retired, issuing)), [issuing, root]);
    assert.deepEqual(trustedAuthorities(bundleOf(root, retiring, issuing)), [retiring, issuing, root]);
  });

  it("give an issuer whose chain goes up to, but without, the root", () => {
    assert.deepEqual(issuerOf(issuing).chain, [issuing.certificate]);
    assert.deepEqual(issuerOf(root).chain, []);
    assert.equal(issuerOf(issuing).signatureAlgorithm.name, "ecdsa-with-SHA256");
  });

  it("give no issuer for what is no CA certificate", () => {
    const leaf = { ...issuing, certificate: nodeCertificate(test, sharedKeyPair("P-256").spki) };
    assert.throws(() => issuerOf(leaf), /issuing-g1 is no CA certificate with a subject key identifier/);
  });

  it("are pinned as kubeadm pins them: SHA-256 of the SPKI", () => {
    const { spki } = sharedKeyPair("P-256");
    assert.equal(spkiSha256(spki), createHash("sha256").update(spki).digest("hex"));
  });

  it("are found in the directory by id, and by role while they count", () => {
    const retired: Authority = { ...issuing, id: "issuing-g0", state: "retired" };
    const directory = issuerDirectory(bundleOf(root, issuing, retired));
    assert.equal(directory.active(), directory.byId("issuing-g1"));
    assert.deepEqual(
      directory.issuing().map(({ id }) => id),
      ["issuing-g1"],
    );
    assert.equal(directory.byId("issuing-g0").id, "issuing-g0");
    assert.throws(() => directory.byId("issuing-g9"), /the trust bundle holds no CA named issuing-g9/);
  });
});

describe("cachedIssuerDirectory", () => {
  it("reads once a minute, keeps parsed issuers of an unchanged bundle, and never trusts a clock that ran back", async () => {
    const { bundle } = await testAuthorities();
    let [reads, now, stored]: [number, Date, TrustBundle | undefined] = [0, NOW, bundle];
    const read = () => Promise.resolve((reads++, stored));
    const directory = cachedIssuerDirectory({ read }, () => now);

    const first = await directory();
    now = new Date(NOW.getTime() + 59_999);
    assert.equal(await directory(), first);
    assert.equal(reads, 1);

    now = new Date(NOW.getTime() + 60_000);
    assert.equal(await directory(), first, "the same sequence is the same directory");
    assert.equal(reads, 2);

    stored = { ...bundle, sequence: 2 };
    now = new Date(NOW.getTime() - 1);
    assert.equal((await directory()).bundle.sequence, 2);
    assert.equal(reads, 3);
  });

  it("fails, and reads again, where there is no bundle yet", async () => {
    const { bundle } = await testAuthorities();
    const stored: TrustBundle[] = [];
    const authorities = { ...authorityServices().authorities, read: () => Promise.resolve(stored[0]) };
    const directory = cachedIssuerDirectory(authorities, () => NOW);
    await assert.rejects(directory(), { code: "signer_busy", retryAfterSeconds: 60 });
    stored.push(bundle);
    assert.equal((await directory()).bundle, bundle);
  });
});

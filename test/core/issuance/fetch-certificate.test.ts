import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { authenticateCertificate } from "../../../core/issuance/authenticate-certificate.ts";
import { decideRequest } from "../../../core/signing-request/decide.ts";
import { fetchWithCertificate } from "../../../core/issuance/fetch-certificate.ts";
import { issuanceHarness, writesOf, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn, PARAMETERS } from "../../support/node-requests.ts";

describe("a request that waits for approval", () => {
  it("costs a use of its token at once, claims no name and signs nothing", async () => {
    const { harness, answer } = await pending();
    assert.equal(answer.issued, undefined);
    assert.deepEqual(writesOf(harness.calls), ["ledger.createPending", "tokens.consume"]);
    assert.equal(await harness.stores.nodes.read("n1.example"), undefined);
  });

  it("still waits when it is sent or fetched again, at no further use", async () => {
    const { harness, token, answer } = await pending();
    harness.calls.length = 0;
    assert.equal((await harness.enrol({ token, key: "k1" })).issued, undefined);
    assert.equal((await harness.fetch(token, answer.record.name)).issued, undefined);
    assert.deepEqual(writesOf(harness.calls), []);
  });

  it("is signed when its owner next fetches it", async () => {
    const { harness, token, answer } = await pending();
    await decide(harness, answer.record.name, "Approved");
    harness.calls.length = 0;
    const issued = await harness.fetch(token, answer.record.name);
    assert.ok(issued.isNew);
    assert.deepEqual(writesOf(harness.calls), ["ledger.reserve", "nodes.write", "signer.sign", "ledger.complete"]);
    assert.equal(issued.record.decision?.by, "admin", "on record is who approved it");
    const again = await harness.fetch(token, answer.record.name);
    assert.deepEqual(certificateIn(again), certificateIn(issued));
  });

  it("is signed when its owner next sends it", async () => {
    const { harness, token, answer } = await pending();
    await decide(harness, answer.record.name, "Approved");
    assert.ok((await harness.enrol({ token, key: "k1" })).isNew);
  });

  it("is valid from its signing, not from its asking", async () => {
    const { harness, token, answer } = await pending();
    await decide(harness, answer.record.name, "Approved");
    harness.clock.advance(24 * 3600);
    const { record } = await harness.fetch(token, answer.record.name);
    assert.deepEqual(record.reservation?.at, harness.clock.now());
  });

  it("is refused for good when an administrator denied it, with the reason", async () => {
    const { harness, token, answer } = await pending();
    await decide(harness, answer.record.name, "Denied");
    for (const ask of [() => harness.fetch(token, answer.record.name), () => harness.enrol({ token, key: "k1" })]) {
      await assert.rejects(ask(), { code: "request_denied", message: "said the administrator" });
    }
    await assert.rejects(decide(harness, answer.record.name, "Approved"), { code: "already_decided" });
  });

  it("does not hold its name: whoever is signed first gets it", async () => {
    const { harness, token, answer } = await pending();
    await decide(harness, answer.record.name, "Approved");
    await harness.enrol({ token: await harness.newToken(), key: "k2" });
    await assert.rejects(harness.fetch(token, answer.record.name), { code: "node_name_taken" });
  });

  it("is not recorded when its token has no room", async () => {
    const { harness, token } = await pending({ maxUses: 1 });
    await assert.rejects(harness.enrol({ token, key: "k2" }), { code: "token_spent" });
    assert.equal(harness.calls.filter((call) => call === "ledger.createPending").length, 1);
  });

  it("is refused by its token's own fault when that was revoked on the way", async () => {
    const harness = await issuanceHarness({
      alter: (outside) => ({ ...outside, tokens: { ...outside.tokens, consume: () => Promise.resolve("unusable") } }),
    });
    const token = await harness.newToken({ groups: [], maxUses: 2 });
    await assert.rejects(harness.enrol({ token, key: "k1" }), { code: "invalid_token" });
  });

  it("is finished by a retry when the function died between its two writes", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken({ groups: [], maxUses: 1 });
    harness.failures.add("ledger.createPending");
    await assert.rejects(harness.enrol({ token, key: "k1" }), /the function died/);
    assert.equal((await harness.enrol({ token, key: "k1" })).issued, undefined);
  });
});

describe("fetching", () => {
  it("knows no request of another token", async () => {
    const { harness, answer } = await pending();
    const other = await harness.newToken();
    await assert.rejects(harness.fetch(other, answer.record.name), { code: "not_found" });
  });

  it("knows no request that never was, and looks up no name that cannot be one", async () => {
    const { harness, token } = await pending();
    await assert.rejects(harness.fetch(token, `csr-${"x".repeat(43)}`), { code: "not_found" });
    harness.calls.length = 0;
    await assert.rejects(harness.fetch(token, "../../tokens\u0000"), { code: "not_found" });
    assert.ok(!harness.calls.includes("ledger.read"));
  });

  it("gives a lost answer again, by token and by certificate", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken();
    const enrolled = await harness.enrol({ token, key: "k1" });
    const byToken = await harness.fetch(token, enrolled.record.name);
    assert.deepEqual(certificateIn(byToken), certificateIn(enrolled));
    const renewed = await harness.renew({ certificate: certificateIn(enrolled), key: "k2" });
    const byCertificate = await fetchAs(harness, certificateIn(enrolled), renewed.record.name);
    assert.deepEqual(certificateIn(byCertificate), certificateIn(renewed));
    await assert.rejects(fetchAs(harness, certificateIn(enrolled), enrolled.record.name), { code: "not_found" });
  });
});

async function fetchAs(harness: IssuanceHarness, certificate: Uint8Array<ArrayBuffer>, name: string) {
  const { services, directory, clock } = harness;
  const { identity } = authenticateCertificate(certificate, directory, clock.now(), "invalid_client_certificate");
  const request = { name, sourceIp: PARAMETERS.sourceIp, arrivedAt: clock.now() };
  return fetchWithCertificate(services, identity, directory, request);
}

/** A token outside kubeadm's default group: every bootstrap token may ask, but its requests wait. */
async function pending({ maxUses = 2 } = {}) {
  const harness = await issuanceHarness();
  const token = await harness.newToken({ groups: [], maxUses });
  const answer = await harness.enrol({ token, key: "k1" });
  return { harness, token, answer };
}

async function decide({ services }: IssuanceHarness, name: string, outcome: "Approved" | "Denied") {
  await decideRequest(services, name, { outcome, by: "admin", reason: "Asked", message: "said the administrator" });
}

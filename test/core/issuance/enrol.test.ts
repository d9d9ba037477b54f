import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { enrol } from "../../../core/issuance/enrol.ts";
import { DEFAULT_POLICY } from "../../../core/policy/policy.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { releaseNode } from "../../../core/revocation/revoke.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn, enrolmentRequest } from "../../support/node-requests.ts";

describe("enrol", () => {
  it("answers a retry with the same bytes, at no further use, and says that it is not new", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken({ maxUses: 1 });
    const first = await harness.enrol({ token, key: "k1" });
    harness.clock.advance(3600);
    const second = await harness.enrol({ token, key: "k1" });
    assert.deepEqual(certificateIn(second), certificateIn(first));
    assert.deepEqual([first.isNew, second.isNew], [true, false]);
    assert.equal(await usesOf(harness, token.id), 1);
  });

  it("answers a retry with what was issued, whatever lifetime the retry asks for", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken();
    const first = await harness.enrol({ token, key: "k1" });
    const { parameters } = enrolmentRequest({ token, key: "k1", arrivedAt: harness.clock.now() });
    const second = await harness.enrol({ token, key: "k1", parameters: { ...parameters, lifetimeSeconds: 3600 } });
    assert.deepEqual(certificateIn(second), certificateIn(first));
  });

  it("does not count the uses of a token without a limit", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken();
    await harness.enrol({ token, key: "k1" });
    assert.ok(!harness.calls.includes("tokens.consume"));
    assert.equal(await usesOf(harness, token.id), 0);
  });

  it("tells what is wrong with a CSR only to whoever has a good token", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken({ maxUses: 1 });
    const request = enrolmentRequest({ token, key: "k1", arrivedAt: harness.clock.now() });
    const csr = () => {
      throw new RefusalError("bad_csr", "the CSR is not acceptable");
    };
    await assert.rejects(enrol(harness.services, { ...request, csr }), { code: "bad_csr" });
    const wrong = `${token.id}.${"z".repeat(16)}`;
    await assert.rejects(enrol(harness.services, { ...request, csr, token: wrong }), { code: "invalid_token" });
    assert.deepEqual(harness.calls, ["tokens.read", "tokens.read"]);
  });

  it("lets an error in reading the CSR that is no refusal pass: it is ours", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken();
    const request = enrolmentRequest({ token, key: "k1", arrivedAt: harness.clock.now() });
    const csr = () => {
      throw new TypeError("a defect");
    };
    await assert.rejects(enrol(harness.services, { ...request, csr }), /a defect/);
  });

  describe("a client that lost its answer and its key", () => {
    it("gets a certificate for another key with the same token, and the lost one is void", async () => {
      const harness = await issuanceHarness();
      const token = await harness.newToken({ maxUses: 2 });
      const lost = await harness.enrol({ token, key: "k1" });
      harness.clock.advance(599);
      const second = await harness.enrol({ token, key: "k2" });
      assert.ok(second.isNew);
      assert.ok((await harness.stores.ledger.read(lost.record.name))?.voidedAt);
      assert.equal(await usesOf(harness, token.id), 2, "at the price of another use");
      await assert.rejects(harness.confirm(lost.record.name, certificateIn(lost)), { code: "not_found" });
      await assert.rejects(harness.renew({ certificate: certificateIn(lost), key: "k3" }), {
        code: "certificate_superseded",
      });
    });

    it("voids the lost one before it signs the other", async () => {
      const harness = await issuanceHarness();
      const token = await harness.newToken({ maxUses: 2 });
      await harness.enrol({ token, key: "k1" });
      harness.clock.advance(1);
      harness.calls.length = 0;
      await harness.enrol({ token, key: "k2" });
      const [, ...writes] = harness.calls.filter((call) => !call.includes("read"));
      assert.deepEqual(writes, [
        "tokens.consume",
        "nodes.write",
        "ledger.void",
        "nodes.write",
        "signer.sign",
        "ledger.complete",
      ]);
    });

    it("is told that the token is spent when it was for one node", async () => {
      const harness = await issuanceHarness();
      const token = await harness.newToken({ maxUses: 1 });
      await harness.enrol({ token, key: "k1" });
      harness.clock.advance(1);
      await assert.rejects(harness.enrol({ token, key: "k2" }), { code: "token_spent" });
    });

    for (const { why, seconds, confirms, code } of [
      { why: "comes too late after ten minutes", seconds: 600, confirms: false, code: "node_name_taken" },
      { why: "cannot have lost what it confirmed", seconds: 1, confirms: true, code: "node_name_taken" },
    ]) {
      it(why, async () => {
        const harness = await issuanceHarness();
        const token = await harness.newToken({ maxUses: 2 });
        const first = await harness.enrol({ token, key: "k1" });
        if (confirms) await harness.confirm(first.record.name, certificateIn(first));
        harness.clock.advance(seconds);
        await assert.rejects(harness.enrol({ token, key: "k2" }), { code });
        assert.equal(await usesOf(harness, token.id), 1);
      });
    }
  });

  describe("a live node's name", () => {
    it("goes to another key once an administrator released it", async () => {
      const harness = await issuanceHarness();
      const first = await confirmedNode(harness);
      await releaseNode(harness.services, "n1.example", "admin");
      const second = await harness.enrol({ token: await harness.newToken(), key: "k2" });
      assert.ok(second.isNew);
      await assert.rejects(harness.renew({ certificate: certificateIn(first), key: "k3" }), {
        code: "certificate_superseded",
      });
    });

    it("goes to another key by a token that allows replacement", async () => {
      const harness = await issuanceHarness();
      await confirmedNode(harness);
      const token = await harness.newToken({ allowReplace: true });
      assert.ok((await harness.enrol({ token, key: "k2" })).isNew);
    });

    it("goes to another key where policy does not protect names", async () => {
      const harness = await issuanceHarness({ policy: { ...DEFAULT_POLICY, protectLiveNames: false } });
      await confirmedNode(harness);
      assert.ok((await harness.enrol({ token: await harness.newToken(), key: "k2" })).isNew);
    });

    it("goes to another key when the node's certificate has expired", async () => {
      const harness = await issuanceHarness();
      const { record } = await confirmedNode(harness);
      const notAfter = record.reservation?.notAfter.getTime() ?? NaN;
      harness.clock.advance((notAfter - harness.clock.now().getTime()) / 1000);
      const token = await harness.newToken();
      await assert.rejects(harness.enrol({ token, key: "k2" }), { code: "node_name_taken" }, "its last second counts");
      harness.clock.advance(1);
      assert.ok((await harness.enrol({ token, key: "k2" })).isNew);
    });
  });
});

async function usesOf({ stores }: IssuanceHarness, tokenId: string): Promise<number | undefined> {
  return (await stores.tokens.read(tokenId))?.usedBy.size;
}

async function confirmedNode(harness: IssuanceHarness) {
  const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
  await harness.confirm(answer.record.name, certificateIn(answer));
  return answer;
}

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { IssuanceAnswer } from "../../../core/issuance/issuance-answer.ts";
import { isComplete } from "../../../core/ledger/issuance-record.ts";
import { KUBELET_CLIENT_SIGNER } from "../../../core/certificate/profile.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { releaseNode } from "../../../core/revocation/revoke.ts";
import type { Gate } from "../../support/intercepted-services.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";

const FIFTY = Array.from({ length: 50 }, (_, index) => index);

/** Lets every call take another time, so that the requests overtake each other. */
function jitter(): Gate {
  let calls = 0;
  return async (_call, make) => {
    for (let turns = (++calls * 7) % 11; turns > 0; turns--) await setImmediate();
    return make();
  };
}

describe("requests at the same time", () => {
  it("fifty nodes with a token for five: five certificates, and forty-five are told that it is spent", async () => {
    const harness = await issuanceHarness({ gate: jitter() });
    const token = await harness.newToken({ maxUses: 5 });
    const outcomes = await Promise.allSettled(
      FIFTY.map((index) => harness.enrol({ token, key: `k${index}`, nodeName: `n${index}.example` })),
    );
    const { answers, codes } = sorted(outcomes);
    assert.equal(answers.length, 5);
    assert.deepEqual(codes, Array(45).fill("token_spent"));
    assert.equal(harness.calls.filter((call) => call === "signer.sign").length, 5);
    assert.equal((await harness.stores.tokens.read(token.id))?.usedBy.size, 5);
  });

  it("gives the names back that a spent token had claimed", async () => {
    const harness = await issuanceHarness({ gate: jitter() });
    const token = await harness.newToken({ maxUses: 1 });
    await Promise.allSettled(
      FIFTY.map((index) => harness.enrol({ token, key: `k${index}`, nodeName: `n${index}.example` })),
    );
    const another = await harness.newToken({ maxUses: 50 });
    const later = await Promise.allSettled(
      FIFTY.map((index) => harness.enrol({ token: another, key: `k${index}`, nodeName: `n${index}.example` })),
    );
    const { answers, codes } = sorted(later);
    assert.equal(answers.length, 49);
    assert.deepEqual(codes, ["node_name_taken"]);
  });

  it("fifty copies of one request: one certificate, one use, and the same bytes for everybody", async () => {
    const harness = await issuanceHarness({ gate: jitter() });
    const token = await harness.newToken({ maxUses: 3 });
    const { answers, codes } = sorted(await Promise.allSettled(FIFTY.map(() => harness.enrol({ token, key: "k1" }))));
    assert.equal(new Set(answers.map((answer) => Buffer.from(certificateIn(answer)).toString("hex"))).size, 1);
    // Copies that lost every attempt against the others are told to come back, and nothing else.
    assert.ok(
      codes.every((code) => code === "request_in_progress"),
      codes.join(),
    );
    assert.equal((await harness.stores.tokens.read(token.id))?.usedBy.size, 1);
    const stored = await harness.stores.ledger.read(answers[0]?.record.name ?? "");
    const signatures = harness.calls.filter((call) => call === "signer.sign").length;
    assert.ok(signatures <= (stored?.reservation?.attempts ?? 0), "every signature is accounted for");
  });

  it("fifty keys for one name, one token each: one live certificate", async () => {
    const harness = await issuanceHarness({ gate: jitter() });
    const tokens = await Promise.all(FIFTY.map(() => harness.newToken({ maxUses: 1 })));
    const outcomes = await Promise.allSettled(tokens.map((token, index) => harness.enrol({ token, key: `k${index}` })));
    const { answers, codes } = sorted(outcomes);
    assert.equal(answers.length, 1);
    assert.ok(
      codes.every((code) => ["request_in_progress", "node_name_taken"].includes(code)),
      codes.join(),
    );
  });

  it("two keys for one name with one token: one gets it, and one live certificate is left when both ask again", async () => {
    const harness = await issuanceHarness({ gate: jitter() });
    const token = await harness.newToken({ maxUses: 2 });
    const enrol = (key: string) => harness.enrol({ token, key });
    const first = sorted(await Promise.allSettled([enrol("k1"), enrol("k2")]));
    assert.equal(first.answers.length, 1);
    assert.ok(["request_in_progress", "node_name_taken"].includes(first.codes.join()), first.codes.join());
    // The mercy: with the same token, within ten minutes and before it was confirmed, the other may take it over.
    harness.clock.advance(1);
    const second = sorted(await Promise.allSettled([enrol("k1"), enrol("k2")]));
    const records = [...first.answers, ...second.answers].map(({ record }) => harness.stores.ledger.read(record.name));
    const live = new Set((await Promise.all(records)).flatMap((record) => (isComplete(record) ? record?.name : [])));
    assert.equal(live.size, 1);
  });

  it("puts nobody aside for a request whose token turns out to be spent", async () => {
    let isDue = false;
    const harness = await issuanceHarness({
      gate: async ({ name }, make) => {
        if (name === "tokens.consume" && isDue) {
          isDue = false;
          // Another node takes the last use between this request's reading and its writing.
          await harness.enrol({ token, key: "k3", nodeName: "n2.example" });
        }
        return make();
      },
    });
    const token = await harness.newToken({ maxUses: 2 });
    const held = await harness.enrol({ token, key: "k1" });
    harness.clock.advance(1);
    isDue = true;
    await assert.rejects(harness.enrol({ token, key: "k2" }), { code: "token_spent" });
    await harness.confirm(held.record.name, certificateIn(held));
    assert.ok(await harness.renew({ certificate: certificateIn(held), key: "k4" }));
  });

  it("leaves a released name as it was found where the token turns out to be spent", async () => {
    let isDue = false;
    const harness = await issuanceHarness({
      gate: async ({ name }, make) => {
        if (name === "tokens.consume" && isDue) {
          isDue = false;
          await harness.enrol({ token, key: "k3", nodeName: "n2.example" });
        }
        return make();
      },
    });
    const token = await harness.newToken({ maxUses: 2 });
    await harness.enrol({ token, key: "k1" });
    await releaseNode(harness.services, "n1.example", "ada", KUBELET_CLIENT_SIGNER);
    const found = await harness.stores.nodes.read("n1.example");
    assert.ok(found?.releasedAt);
    isDue = true;
    await assert.rejects(harness.enrol({ token, key: "k2" }), { code: "token_spent" });
    const left = await harness.stores.nodes.read("n1.example");
    assert.equal(left?.candidate, undefined);
    assert.deepEqual(left?.releasedAt, found.releasedAt);
  });

  it("puts nobody aside for a request that turns out to be void", async () => {
    let isDue = false;
    const harness = await issuanceHarness({
      alter: ({ ledger, ...outside }) => ({
        ...outside,
        ledger: {
          ...ledger,
          reserve: async (record) => {
            const stored = await ledger.reserve(record);
            if (isDue) await ledger.void(record.name, record.createdAt);
            return (await ledger.read(record.name)) ?? stored;
          },
        },
      }),
    });
    const token = await harness.newToken({ maxUses: 2 });
    const held = await harness.enrol({ token, key: "k1" });
    harness.clock.advance(1);
    isDue = true;
    await assert.rejects(harness.enrol({ token, key: "k2" }), { code: "request_voided" });
    await harness.confirm(held.record.name, certificateIn(held));
  });
});

function sorted(outcomes: readonly PromiseSettledResult<IssuanceAnswer>[]) {
  const answers = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const codes = outcomes.flatMap((outcome) => {
    if (outcome.status === "fulfilled") return [];
    const reason: unknown = outcome.reason;
    assert.ok(reason instanceof RefusalError, String(reason));
    return [reason.code];
  });
  return { answers, codes };
}

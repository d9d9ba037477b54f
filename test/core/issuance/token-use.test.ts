import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BootstrapToken } from "../../../core/token/bootstrap-token.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { decideRequest } from "../../../core/signing-request/decide.ts";
import { issuanceHarness, type HarnessOptions, type IssuanceHarness } from "../../support/issuance-harness.ts";

/** A token outside kubeadm's default group: what it asks for waits for an administrator. */
async function manual(changes = {}, options: HarnessOptions = {}) {
  const harness = await issuanceHarness(options);
  const token = await harness.newToken({ groups: [], maxUses: 1, ...changes });
  return { harness, token };
}

async function ask(harness: IssuanceHarness, token: BootstrapToken, key: string, nodeName?: string) {
  harness.clock.advance(60);
  return harness.enrol({ token, key, ...(nodeName === undefined ? {} : { nodeName }) });
}

async function decide({ services }: IssuanceHarness, name: string, outcome: "Approved" | "Denied") {
  await decideRequest(services, name, { outcome, by: "admin", reason: "Asked", message: "" });
}

async function uses({ stores }: IssuanceHarness, token: BootstrapToken): Promise<number> {
  return (await stores.tokens.read(token.id))?.usedBy.size ?? 0;
}

describe("a use of a token is a key that was certified", () => {
  it("a machine that makes a new key while it waits ends with its certificate, by one use", async () => {
    const { harness, token } = await manual();
    const first = await ask(harness, token, "k1");
    const second = await ask(harness, token, "k2");
    assert.equal(await uses(harness, token), 1);
    await assert.rejects(decide(harness, first.record.name, "Approved"), { code: "already_decided" });
    await decide(harness, second.record.name, "Approved");
    assert.ok((await harness.fetch(token, second.record.name)).issued);
    await assert.rejects(ask(harness, token, "k1"), { code: "request_voided" });
    await assert.rejects(ask(harness, token, "k3"), { code: "token_spent" });
    assert.equal((await harness.stores.tokens.read(token.id))?.waiting?.length, 1);
  });

  it("takes over what was approved and not signed, but nothing that was signed", async () => {
    const { harness, token } = await manual();
    const first = await ask(harness, token, "k1");
    await decide(harness, first.record.name, "Approved");
    const second = await ask(harness, token, "k2");
    assert.equal(second.issued, undefined);
    await assert.rejects(harness.fetch(token, first.record.name), { code: "request_voided" });
  });

  it("one machine's new key costs the others of a shared token nothing", async () => {
    const { harness, token } = await manual({ maxUses: 2 });
    for (const key of ["k1", "k2", "k3"]) await ask(harness, token, key);
    assert.equal((await ask(harness, token, "other", "n2.example")).record.nodeName, "n2.example");
    assert.equal(await uses(harness, token), 2);
    await assert.rejects(ask(harness, token, "third", "n3.example"), { code: "token_spent" });
  });

  it("what is denied gives its use back, also when the first denial died in between", async () => {
    const { harness, token } = await manual();
    const first = await ask(harness, token, "k1");
    harness.failures.add("tokens.giveBack");
    await assert.rejects(decide(harness, first.record.name, "Denied"), /the function died/);
    assert.equal(await uses(harness, token), 1);
    await decide(harness, first.record.name, "Denied");
    assert.equal(await uses(harness, token), 0);
    assert.equal((await ask(harness, token, "other", "n2.example")).issued, undefined);
    await assert.rejects(ask(harness, token, "k1"), { code: "request_denied" });
  });

  it("what is deleted by its time gives nothing back: it may have been certified", async () => {
    const forgotten = new Set<string>();
    const { harness, token } = await manual(
      {},
      {
        alter: ({ ledger, ...outside }) => ({
          ...outside,
          ledger: {
            ...ledger,
            read: (name) => (forgotten.has(name) ? Promise.resolve(undefined) : ledger.read(name)),
            readMany: (names) => ledger.readMany(names.filter((name) => !forgotten.has(name))),
          },
        }),
      },
    );
    const first = await ask(harness, token, "k1");
    forgotten.add(first.record.name);
    await assert.rejects(ask(harness, token, "k2"), { code: "token_spent" });
    assert.equal(await uses(harness, token), 1);
  });

  it("what was certified and forgotten keeps its use, though the same key asks again and is denied or deleted", async () => {
    const { harness, token } = await manual();
    const first = await ask(harness, token, "k1");
    await decide(harness, first.record.name, "Approved");
    assert.ok((await harness.fetch(token, first.record.name)).issued);
    harness.clock.advance(200 * 24 * 3600);
    harness.stores.ledger.sweep(harness.clock.now());
    const again = await ask(harness, token, "k1");
    assert.equal(again.issued, undefined);
    await decide(harness, again.record.name, "Denied");
    await assert.rejects(ask(harness, token, "k2"), { code: "token_spent" });
    assert.equal(await uses(harness, token), 1);
  });

  it("what was counted a moment ago and not recorded gives its use back: no record of a young token is gone", async () => {
    const { harness, token } = await manual();
    const first = await ask(harness, token, "k1");
    harness.tables.issuances.delete(first.record.name);
    const again = await ask(harness, token, "k1");
    await decide(harness, again.record.name, "Denied");
    assert.equal(await uses(harness, token), 0);
  });

  it("a request that a slot of its name knows to be claimed keeps its use, whatever a restored ledger says", async () => {
    const { harness, token } = await manual();
    const first = await ask(harness, token, "k1");
    await decide(harness, first.record.name, "Approved");
    await harness.fetch(token, first.record.name);
    const restored = { ...first.record };
    const { ledger } = harness.stores;
    const old = await issuanceHarness({
      alter: (outside) => ({
        ...outside,
        tokens: harness.stores.tokens,
        nodes: harness.stores.nodes,
        ledger: { ...ledger, readMany: () => Promise.resolve(new Map([[restored.name, restored]])) },
      }),
    });
    old.clock.advance(3600);
    await assert.rejects(old.enrol({ token, key: "k2" }), { code: "token_spent" });
  });

  it("an attempt that died unsigned gives way to the next key, once its claim has lapsed", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken({ maxUses: 1 });
    harness.failures.add("signer.sign");
    await assert.rejects(harness.enrol({ token, key: "k1" }), /the function died/);
    harness.clock.advance(10);
    await assert.rejects(harness.enrol({ token, key: "k2" }), { code: "request_in_progress" });
    harness.clock.advance(60);
    assert.ok((await harness.enrol({ token, key: "k2" })).issued);
    await assert.rejects(ask(harness, token, "k1"), { code: "request_voided" });
    await assert.rejects(ask(harness, token, "k3"), { code: "token_spent" });
  });

  it("a key that lost its answer keeps its use: it was certified", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken({ maxUses: 1 });
    await harness.enrol({ token, key: "k1" });
    await assert.rejects(ask(harness, token, "k2"), { code: "token_spent" });
  });

  it("who displaces an unsigned request of another token gives that token its use back", async () => {
    const harness = await issuanceHarness();
    const [token, other] = [await harness.newToken({ maxUses: 1 }), await harness.newToken({ maxUses: 1 })];
    harness.failures.add("signer.sign");
    await assert.rejects(harness.enrol({ token, key: "k1" }), /the function died/);
    harness.clock.advance(60);
    await harness.enrol({ token: other, key: "k2" });
    assert.equal(await uses(harness, token), 0);
    assert.ok((await ask(harness, token, "k3", "n3.example")).issued);
  });

  it("who is signed and who is replaced: never both", async () => {
    for (const atSigning of [true, false]) {
      let isRacing = false;
      const race: { ask: () => Promise<unknown> } = { ask: () => Promise.resolve() };
      const { harness, token } = await manual(
        {},
        {
          gate: async ({ name }, make) => {
            const isNow = isRacing && name === (atSigning ? "signer.sign" : "ledger.voidUnsigned");
            if (isNow) {
              isRacing = false;
              await race.ask().catch((error: unknown) => assert.ok(error instanceof RefusalError));
            }
            return make();
          },
        },
      );
      const first = await ask(harness, token, "k1");
      await decide(harness, first.record.name, "Approved");
      harness.clock.advance(60);
      const renew = () => harness.enrol({ token, key: "k2" });
      const sign = () => harness.fetch(token, first.record.name);
      race.ask = atSigning ? renew : sign;
      isRacing = true;
      await (atSigning ? sign() : renew()).catch((error: unknown) => assert.ok(error instanceof RefusalError));
      const stored = await harness.stores.ledger.read(first.record.name);
      const isCertified = stored?.completion !== undefined;
      const used = (await harness.stores.tokens.read(token.id))?.usedBy ?? new Set();
      assert.equal(used.size, 1);
      assert.equal(used.has(first.record.name), isCertified, "its use is counted just when it was certified");
    }
  });

  it("lets a token replace its waiting request 150 times in a day at most", async () => {
    const { harness, token } = await manual();
    let replaced = 0;
    for (let minutes = 0; minutes < 24 * 60; minutes++) {
      try {
        await ask(harness, token, `m${minutes % 40}-${Math.floor(minutes / 40)}`);
        replaced++;
      } catch (error) {
        assert.ok(error instanceof RefusalError && error.code === "rate_limited" && error.retryAfterSeconds);
      }
    }
    assert.ok(replaced <= 150, `${replaced} times`);
    assert.equal(await uses(harness, token), 1);
    assert.equal((await harness.stores.tokens.read(token.id))?.waiting?.length, 1);
  });
});

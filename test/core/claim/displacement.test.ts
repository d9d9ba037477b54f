import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgeDisplacement } from "../../../core/claim/displacement.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { NOW } from "../../support/authorities.ts";
import { NODE_NAME } from "../../support/certificate-requests.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { node, secondsAgo } from "../../support/name-slots.ts";
import { certificateIn } from "../../support/node-requests.ts";

const HOUR = 3600;

describe("judgeDisplacement", () => {
  const rows: readonly { why: string; count: number; secondsAgo: number; waits: number | undefined }[] = [
    { why: "the second within a minute waits for its end", count: 1, secondsAgo: 10, waits: 50 },
    { why: "the second after a minute does not wait", count: 1, secondsAgo: 60, waits: undefined },
    { why: "the third waits two minutes", count: 2, secondsAgo: 60, waits: 60 },
    { why: "pauses grow to four minutes, well under the ten of the mercy", count: 10, secondsAgo: 0, waits: 240 },
    { why: "after eleven it is one an hour", count: 11, secondsAgo: 240, waits: HOUR - 240 },
    { why: "a row goes on for a day", count: 11, secondsAgo: 24 * HOUR - 1, waits: undefined },
  ];
  for (const row of rows) {
    it(row.why, () => {
      const stored = node({ lastDisplacement: { count: row.count, at: secondsAgo(row.secondsAgo) } });
      const judged = judgeDisplacement(stored, NOW);
      if (judged.outcome === "early") assert.equal(judged.retryAfterSeconds, row.waits);
      else assert.deepEqual([row.waits, judged.node.lastDisplacement], [undefined, { count: row.count + 1, at: NOW }]);
    });
  }

  it("counts anew after a quiet day", () => {
    const judged = judgeDisplacement(node({ lastDisplacement: { count: 40, at: secondsAgo(24 * HOUR) } }), NOW);
    assert.equal(judged.outcome === "displace" && judged.node.lastDisplacement?.count, 1);
  });
});

/** Asks every ten seconds for so many hours, with another key each time, as fast as that is granted. */
async function granted(
  harness: IssuanceHarness,
  hours: number,
  ask: (key: string) => Promise<unknown>,
): Promise<{ count: number; refusals: Set<string> }> {
  let count = 0;
  const refusals = new Set<string>();
  for (let seconds = 0; seconds < hours * HOUR; seconds += 10) {
    harness.clock.advance(10);
    try {
      await ask(`k${seconds}`);
      count++;
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      assert.ok(error.code !== "rate_limited" || error.retryAfterSeconds !== undefined);
      refusals.add(error.code);
    }
  }
  return { count, refusals };
}

/** How many of its certificates the revocation list has, and keeps until they expire. */
async function voided({ stores, clock }: IssuanceHarness): Promise<number> {
  const filter = { nodeName: NODE_NAME, expiresFrom: clock.now(), expiresUntil: new Date("2030-01-01") };
  const { items } = await stores.ledger.listCertificates(filter, { limit: 1000, cursor: undefined });
  return items.filter(({ voidedAt }) => voidedAt !== undefined).length;
}

describe("a finished certificate that nobody confirmed", () => {
  it("is put aside by the anchor's renewals twelve times in an hour at most", async () => {
    const harness = await issuanceHarness();
    const first = await harness.enrol({ token: await harness.newToken(), key: "first" });
    const certificate = certificateIn(first);
    await harness.confirm(first.record.name, certificate);
    const { refusals } = await granted(harness, 1, (key) => harness.renew({ certificate, key }));
    assert.ok((await voided(harness)) <= 12, `${await voided(harness)} on the list`);
    assert.ok(refusals.has("rate_limited"));
  });

  it("is put aside no more often when every second one is confirmed", async () => {
    const harness = await issuanceHarness();
    const first = await harness.enrol({ token: await harness.newToken(), key: "first" });
    await harness.confirm(first.record.name, certificateIn(first));
    let holding = certificateIn(first);
    let renewals = 0;
    await granted(harness, 1, async (key) => {
      const { record, ...answer } = await harness.renew({ certificate: holding, key });
      if (++renewals % 2 === 1) return;
      holding = certificateIn({ record, ...answer });
      await harness.confirm(record.name, holding);
    });
    assert.ok((await voided(harness)) <= 12, `${await voided(harness)} on the list`);
  });

  it("is put aside by one token twelve times in an hour at most, however often the token may be used", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken();
    await granted(harness, 1, (key) => harness.enrol({ token, key }));
    assert.ok((await voided(harness)) <= 12, `${await voided(harness)} on the list`);
  });

  it("is put aside thirty-six times in a day at most, by a token that may replace too", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken({ allowReplace: true });
    await granted(harness, 24, (key) => harness.enrol({ token, key }));
    assert.ok((await voided(harness)) <= 36, `${await voided(harness)} on the list`);
  });

  it("is put aside at once the first time: one lost answer is not punished", async () => {
    const harness = await issuanceHarness();
    const first = await harness.enrol({ token: await harness.newToken(), key: "first" });
    const certificate = certificateIn(first);
    await harness.confirm(first.record.name, certificate);
    await harness.renew({ certificate, key: "lost" });
    harness.clock.advance(1);
    assert.ok((await harness.renew({ certificate, key: "again" })).issued);
  });

  it("costs whoever comes too early no write when the name was read, and no call more than any refusal", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken();
    for (const key of ["k1", "k2"]) {
      await harness.enrol({ token, key });
      harness.clock.advance(1);
    }
    harness.calls.length = 0;
    await assert.rejects(harness.enrol({ token, key: "k3" }), { code: "rate_limited" });
    assert.deepEqual(harness.calls, ["tokens.read", "ledger.read", "nodes.read", "ledger.read"]);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Question } from "../../core/ask-authority.ts";
import { trustBundlePem } from "../../core/authority.ts";
import { parseCertificate } from "../../core/certificate.ts";
import { roundBench } from "../support/authority-rounds.ts";

const STEPS: readonly Question[] = [
  { act: "prepare", role: "issuing" },
  { act: "activate", authorityId: "issuing-g2", isForced: false },
  { act: "retire", authorityId: "issuing-g1", isForced: false },
  { act: "prepare", role: "root" },
  { act: "activate", authorityId: "root-g2", isForced: false },
  { act: "prepare", role: "issuing" },
  { act: "activate", authorityId: "issuing-g3", isForced: false },
];

const END = ["root-g1 retiring", "issuing-g1 retired", "issuing-g2 retiring", "root-g2 active", "issuing-g3 active"];

class Crash extends Error {}

/** Counts the calls of rounds, and kills the process at one of them: from then on nothing it does has an effect. */
function crashingBench(at: number, when: "beforeEach" | "afterEach") {
  const bench = roundBench();
  let count = 0;
  const life = { isRunning: false, isDead: false };
  const die = (): Promise<void> => {
    life.isDead = true;
    return Promise.reject(new Crash());
  };
  const inRound = (isFatal: () => boolean) => () =>
    life.isDead || (life.isRunning && isFatal()) ? die() : Promise.resolve();
  bench.hooks.beforeEach = inRound(() => ++count === at && when === "beforeEach");
  bench.hooks.afterEach = inRound(() => count === at && when === "afterEach");
  const round = async (): Promise<void> => {
    life.isRunning = true;
    await bench.round().catch((error: unknown) => {
      if (!life.isDead) throw error;
    });
    life.isRunning = false;
    life.isDead = false;
  };
  return { bench, round, calls: () => count };
}

/** Everything an operator does in years; whatever a crash leaves, two more rounds come before the next wish. */
async function live({ bench, round }: ReturnType<typeof crashingBench>): Promise<void> {
  for (const step of [undefined, ...STEPS]) {
    if (step !== undefined) await bench.ask(step);
    for (let count = 0; count < 3; count++) await round();
  }
}

/** No two certificates of one CA, no key without one, and the bucket holds the last bundle. */
async function assertSound(bench: ReturnType<typeof roundBench>): Promise<void> {
  assert.deepEqual(await bench.states(), END);
  const bundle = await bench.services.authorities.read();
  assert.ok(bundle !== undefined);
  assert.equal(bundle.sequence, 1 + STEPS.length);
  const contents = new Set(bench.signed.map((tbs) => Buffer.from(tbs).toString("hex")));
  const kept = bundle.authorities.map(({ certificate }) =>
    Buffer.from(parseCertificate(certificate).tbsCertificate).toString("hex"),
  );
  assert.deepEqual(contents, new Set(kept));
  assert.equal(bench.keys.size, END.length);
  assert.equal(bench.published.at(-1), trustBundlePem(bundle));
  const { wishes } = await bench.services.wishes.readWishes();
  for (const { number } of wishes) assert.equal((await bench.outcome(number))?.state, "done");
}

describe("a crash between any two calls of a round", async () => {
  const whole = crashingBench(0, "beforeEach");
  await live(whole);
  await assertSound(whole.bench);

  for (const [when, why] of [
    ["beforeEach", "before each"],
    ["afterEach", "its answer lost"],
  ] as const) {
    it(`changes nothing about the end (${whole.calls()} calls, ${why})`, async () => {
      for (let at = 1; at <= whole.calls(); at++) {
        const crashing = crashingBench(at, when);
        await live(crashing);
        await assertSound(crashing.bench);
      }
    });
  }
});

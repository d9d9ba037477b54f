import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Question } from "../../../../core/authority/reconciliation/request-change.ts";
import type { AuthorityHierarchy } from "../../../../core/authority/plan.ts";
import { trustBundlePem } from "../../../../core/authority/authority.ts";
import { parseCertificate } from "../../../../core/certificate/certificate.ts";
import { reconciliationBench } from "../../../support/authority-reconciliations.ts";

interface Life {
  readonly hierarchy: AuthorityHierarchy;
  readonly steps: readonly Question[];
  readonly end: readonly string[];
}

const TWO_TIERS: readonly Question[] = [
  { act: "prepare", role: "issuing" },
  { act: "activate", authorityId: "issuing-g2", isForced: false },
  { act: "retire", authorityId: "issuing-g1", isForced: false },
  { act: "prepare", role: "root" },
  { act: "activate", authorityId: "root-g2", isForced: false },
  { act: "prepare", role: "issuing" },
  { act: "activate", authorityId: "issuing-g3", isForced: false },
];

/** Where each issuing CA is a root, and signs itself. */
const ONE_TIER: readonly Question[] = [
  { act: "prepare", role: "issuing" },
  { act: "activate", authorityId: "issuing-g2", isForced: false },
  { act: "retire", authorityId: "issuing-g1", isForced: false },
  { act: "prepare", role: "issuing" },
  { act: "activate", authorityId: "issuing-g3", isForced: false },
];

const LIVES: readonly Life[] = [
  {
    hierarchy: "own",
    steps: TWO_TIERS,
    end: ["root-g1 retiring", "issuing-g1 retired", "issuing-g2 retiring", "root-g2 active", "issuing-g3 active"],
  },
  {
    hierarchy: "single",
    steps: ONE_TIER,
    end: ["issuing-g1 retired", "issuing-g2 retiring", "issuing-g3 active"],
  },
];

class Crash extends Error {}

type When = "beforeEach" | "afterEach";

/** Kills the process at one call of reconciliations, counted since the last change request: from then on nothing it does has an effect. */
function crashingBench({ hierarchy }: Life, at: number, when: When) {
  const bench = reconciliationBench({ hierarchy });
  const calls: string[][] = [];
  const crashes: string[] = [];
  const life = { isRunning: false, isDead: false };
  const call = (now: When) => (operation: string) => {
    if (!life.isRunning) return Promise.resolve();
    if (life.isDead) return Promise.reject(new Crash());
    const ofStep = calls.at(-1) ?? [];
    if (now === "beforeEach") ofStep.push(operation);
    // Some calls are made side by side, none beside itself.
    if (now !== when || ofStep.lastIndexOf(operation) !== at - 1) return Promise.resolve();
    life.isDead = true;
    crashes.push(pointName(calls.length - 1, at, operation));
    return Promise.reject(new Crash());
  };
  bench.hooks.beforeEach = call("beforeEach");
  bench.hooks.afterEach = call("afterEach");
  const round = async (): Promise<void> => {
    life.isRunning = true;
    await bench.round().catch((error: unknown) => {
      if (!life.isDead) throw error;
    });
    life.isRunning = false;
    life.isDead = false;
  };
  return { bench, round, calls, crashes };
}

const pointName = (step: number, at: number, operation: string): string => `step ${step}, call ${at}: ${operation}`;

/** Everything an operator does in years; whatever a crash leaves, two more reconciliations come before the next change request. */
async function live({ steps }: Life, { bench, round, calls }: ReturnType<typeof crashingBench>): Promise<void> {
  for (const step of [undefined, ...steps]) {
    if (step !== undefined) await bench.ask(step);
    calls.push([]);
    for (let count = 0; count < 3; count++) await round();
  }
}

/** No two certificates of one CA, no key without one, and the bucket holds the last bundle. */
async function assertSound({ steps, end }: Life, bench: ReturnType<typeof reconciliationBench>): Promise<void> {
  assert.deepEqual(await bench.states(), end);
  const bundle = await bench.services.authorities.read();
  assert.ok(bundle !== undefined);
  assert.equal(bundle.sequence, 1 + steps.length);
  const contents = new Set(bench.signed.map((tbs) => Buffer.from(tbs).toString("hex")));
  const kept = bundle.authorities.map(({ certificate }) =>
    Buffer.from(parseCertificate(certificate).tbsCertificate).toString("hex"),
  );
  assert.deepEqual(contents, new Set(kept));
  assert.equal(bench.keys.size, end.length);
  assert.equal(bench.published.at(-1), trustBundlePem(bundle));
  const { changeRequests } = await bench.services.changeRequests.readChangeRequests();
  for (const { number } of changeRequests) assert.equal((await bench.outcome(number))?.state, "done");
}

for (const life of LIVES) {
  const whole = crashingBench(life, 0, "beforeEach");
  await live(life, whole);
  await assertSound(life, whole.bench);

  describe(`a crash between any two calls of a reconciliation (${life.hierarchy})`, () => {
    const points = whole.calls.flatMap((ofStep, step) =>
      ofStep.map((operation, index) => pointName(step, index + 1, operation)),
    );

    for (const [when, why] of [
      ["beforeEach", "before each"],
      ["afterEach", "its answer lost"],
    ] as const) {
      it(`changes nothing about the end (${points.length} calls, ${why})`, async () => {
        // In one life each step crashes once, at the same of its calls: as many lives as the longest step has calls.
        const crashes: string[] = [];
        for (let at = 1; at <= Math.max(...whole.calls.map(({ length }) => length)); at++) {
          const crashing = crashingBench(life, at, when);
          await live(life, crashing);
          await assertSound(life, crashing.bench);
          crashes.push(...crashing.crashes);
        }
        assert.deepEqual(
          points.filter((point) => !crashes.includes(point)),
          [],
        );
      });
    }
  });
}

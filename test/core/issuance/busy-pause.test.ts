import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { busyPauseSeconds, gradingPauses } from "../../../core/issuance/busy-pause.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";

describe("how long somebody is sent away", () => {
  const rows: readonly { who: string; remaining: number | undefined; least: number; most: number }[] = [
    { who: "a machine without a certificate", remaining: undefined, least: 2, most: 6 },
    { who: "one that has expired", remaining: -3600, least: 2, most: 6 },
    { who: "one with a minute left", remaining: 60, least: 2, most: 6 },
    { who: "one with ten minutes left", remaining: 600, least: 5, most: 15 },
    { who: "one with an hour left", remaining: 3600, least: 30, most: 90 },
    { who: "one with eight hours left", remaining: 28_800, least: 240, most: 720 },
    { who: "one with a month left", remaining: 2_592_000, least: 450, most: 1350 },
  ];
  for (const { who, remaining, least, most } of rows) {
    it(`is ${least} to ${most} s for ${who}`, () => {
      const pauses = Array.from({ length: 500 }, (_, index) =>
        busyPauseSeconds({ key: `node-${index}`, remainingSeconds: remaining }),
      );
      assert.ok(
        Math.min(...pauses) >= least && Math.max(...pauses) <= most,
        `${Math.min(...pauses)}, ${Math.max(...pauses)}`,
      );
      assert.ok(new Set(pauses).size >= Math.min(5, most - least), "they come back together");
    });
  }

  it("is the same for the same caller, and never longer for less time left", () => {
    const pauseOf = (remainingSeconds: number | undefined): number => busyPauseSeconds({ key: "n1", remainingSeconds });
    const pauses = [undefined, 0, 100, 1000, 10_000, 100_000].map(pauseOf);
    assert.deepEqual(
      pauses,
      [...pauses].sort((one, other) => one - other),
    );
    assert.equal(pauseOf(3600), pauseOf(3600));
  });
});

describe("gradingPauses", () => {
  it("changes nothing but the pause, of nothing but what is busy", async () => {
    const caller = { key: "n1", remainingSeconds: 86_400 };
    const cause = new Error("ThrottlingException");
    const graded = gradingPauses(caller, () =>
      Promise.reject(new RefusalError("signer_busy", "later", { retryAfterSeconds: 2, cause })),
    );
    await assert.rejects(graded, {
      code: "signer_busy",
      message: "later",
      cause,
      retryAfterSeconds: busyPauseSeconds(caller),
    });
    const contended = new RefusalError("request_in_progress", "wait", { retryAfterSeconds: 18 });
    await assert.rejects(
      gradingPauses(caller, () => Promise.reject(contended)),
      contended,
    );
    assert.equal(await gradingPauses(caller, () => Promise.resolve(1)), 1);
  });

  it("is what a node hears when KMS throttles: the new one comes back first", async () => {
    let isThrottled = false;
    const harness = await issuanceHarness({
      alter: (outside) => ({
        ...outside,
        signer: {
          sign: (...request) =>
            isThrottled
              ? Promise.reject(new RefusalError("signer_busy", "the signing service is busy", { retryAfterSeconds: 2 }))
              : outside.signer.sign(...request),
        },
      }),
    });
    const token = await harness.newToken();
    const certificate = certificateIn(await harness.enrol({ token, key: "k1" }));
    isThrottled = true;
    harness.clock.advance(3600);
    const pauseOf = (act: Promise<unknown>): Promise<number> =>
      act.then(
        () => assert.fail("it was not throttled"),
        (error: unknown) =>
          error instanceof RefusalError && error.code === "signer_busy" ? (error.retryAfterSeconds ?? 0) : 0,
      );
    const [first, renewal] = [
      await pauseOf(harness.enrol({ token, key: "k2", nodeName: "n2.example" })),
      await pauseOf(harness.renew({ certificate, key: "k3" })),
    ];
    assert.ok(first >= 2 && first <= 6, String(first));
    assert.ok(renewal >= 450 && renewal <= 1350, String(renewal));
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_POLICY } from "../../../core/policy/policy.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { decideRequest } from "../../../core/signing-request/decide.ts";
import { certificateIn } from "../../support/node-requests.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";

const SENIOR = "arn:aws:sts::111122223333:assumed-role/pki-senior/eve";
const JUNIOR = "arn:aws:sts::111122223333:assumed-role/pki-junior/ada";
const replaceBy = ["arn:aws:iam::111122223333:role/pki-senior"];

/** A live node, and a request of another key for its name that waits. */
async function waiting() {
  const harness = await issuanceHarness({ policy: { ...DEFAULT_POLICY, tokens: { replaceBy } } });
  const live = await harness.enrol({ token: await harness.newToken(), key: "k1" });
  await harness.confirm(live.record.name, certificateIn(live));
  const token = await harness.newToken({ groups: [], allowReplace: false });
  const { record } = await harness.enrol({ token, key: "k2" });
  const decide = (by: string, mayReplace: boolean) =>
    decideRequest({ ...harness.services, ...harness.stores }, record.name, {
      outcome: "Approved",
      by,
      reason: "",
      message: "",
      ...(mayReplace ? { mayReplace } : {}),
    });
  return { decide, record };
}

describe("who may approve that a live name is replaced", () => {
  it("is who policy names", async () => {
    const { decide } = await waiting();
    assert.equal((await decide(SENIOR, true)).decision?.mayReplace, true);
  });

  it("is nobody else, whose approval changes nothing", async () => {
    const { decide, record } = await waiting();
    const isRefusal = (error: unknown) => error instanceof RefusalError && error.code === "denied_by_policy";
    await assert.rejects(decide(JUNIOR, true), isRefusal);
    assert.equal(record.decision, undefined);
    assert.equal((await decide(SENIOR, true)).decision?.by, SENIOR);
  });
});

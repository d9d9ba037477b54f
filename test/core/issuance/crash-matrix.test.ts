import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { certificateOf, type IssuanceAnswer } from "../../../core/issuance/issuance-answer.ts";
import { isComplete } from "../../../core/ledger/issuance-record.ts";
import type { Gate } from "../../support/intercepted-services.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { secondsAgo } from "../../support/name-slots.ts";
import { openAdmission } from "../../../core/admission/change-admission.ts";
import { decideRequest } from "../../../core/signing-request/decide.ts";
import { certificateIn, tokenRecordOf } from "../../support/node-requests.ts";
import { backUp } from "../../support/table-backup.ts";

/**
 * The function dies at every point it can: before the k-th call, or after that call took effect and before anything
 * else does. Calls made in parallel are each a point of their own. Then the client asks again.
 */
interface Death {
  readonly at: number;
  readonly afterEffect: boolean;
}

const CALLS_OF_A_FIRST_CERTIFICATE = 8;
const CALLS_OF_A_RENEWAL = 4;
const CALLS_OF_A_WAITING_REQUEST = 8;
const CALLS_OF_A_DECISION = 2;
const CALLS_OF_AN_ADMISSION = 9;

const MANUAL = { id: "manual", secret: "0123456789abcdef" };

class Died extends Error {}

function dying(death: { current: Death | undefined }): Gate {
  let calls = 0;
  return async (_call, make) => {
    const { current } = death;
    if (current === undefined) return make();
    calls++;
    if (calls < current.at) return make();
    if (calls === current.at && current.afterEffect) await make();
    throw new Died();
  };
}

/** An attempt that dies, and how its client recovers a minute or a moment later. */
async function recover(
  death: Death,
  act: (harness: IssuanceHarness) => Promise<() => Promise<IssuanceAnswer>>,
  waitSeconds: number,
): Promise<{ harness: IssuanceHarness; answer: IssuanceAnswer }> {
  const mortality: { current: Death | undefined } = { current: undefined };
  const harness = await issuanceHarness({ gate: dying(mortality) });
  const ask = await act(harness);
  mortality.current = death;
  await assert.rejects(ask(), Died);
  mortality.current = undefined;
  harness.clock.advance(waitSeconds);
  return { harness, answer: await ask() };
}

function deaths(calls: number): readonly Death[] {
  return Array.from({ length: calls }, (_, index) => [
    { at: index + 1, afterEffect: false },
    { at: index + 1, afterEffect: true },
  ]).flat();
}

function title({ at, afterEffect }: Death, what: string): string {
  return `survives a death ${afterEffect ? "right after" : "before"} call ${at} of ${what}`;
}

/** A token for one node: a second use would show as a refusal. */
async function enrolment(harness: IssuanceHarness): Promise<() => Promise<IssuanceAnswer>> {
  const single = await harness.newToken({ maxUses: 1 });
  return () => harness.enrol({ token: single, key: "k1" });
}

async function renewal(harness: IssuanceHarness): Promise<() => Promise<IssuanceAnswer>> {
  const answer = await (await enrolment(harness))();
  const certificate = certificateIn(answer);
  await harness.confirm(answer.record.name, certificate);
  return () => harness.renew({ certificate, key: "k2" });
}

async function judge({ harness, answer }: { harness: IssuanceHarness; answer: IssuanceAnswer }): Promise<void> {
  const stored = await harness.stores.ledger.read(answer.record.name);
  assert.ok(stored);
  assert.deepEqual(certificateIn(answer), certificateOf(stored, harness.directory));
  const node = await harness.stores.nodes.read("n1.example");
  assert.equal(node?.candidate?.serialNumber, stored.reservation?.serialNumber, "the name is held for what was signed");
  assert.deepEqual(node?.toVoid, []);
  await harness.confirm(answer.record.name, certificateIn(answer));
}

describe("the issuance cycle", () => {
  for (const waitSeconds of [1, 70]) {
    describe(`when the client asks again after ${waitSeconds} s with the same key,`, () => {
      for (const death of deaths(CALLS_OF_A_FIRST_CERTIFICATE)) {
        it(`${title(death, "a first certificate")}: one certificate, one use`, async () => {
          await judge(await recover(death, enrolment, waitSeconds));
        });
      }
      for (const death of deaths(CALLS_OF_A_RENEWAL)) {
        it(`${title(death, "a renewal")}: one certificate`, async () => {
          await judge(await recover(death, renewal, waitSeconds));
        });
      }
    });
  }

  describe("when the client lost its key too and asks with another one,", () => {
    for (const death of deaths(CALLS_OF_A_FIRST_CERTIFICATE)) {
      it(`${title(death, "a first certificate")}: one live certificate, at the price of another use`, async () => {
        const recovery = await recover(death, enrolmentWithNewKeys, 70);
        await judge(recovery);
        assert.equal(await liveCertificates(recovery.harness), 1);
      });
    }
    for (const death of deaths(CALLS_OF_A_RENEWAL)) {
      it(`${title(death, "a renewal")}: one live successor`, async () => {
        const recovery = await recover(death, renewalWithNewKeys, 70);
        await judge(recovery);
        assert.equal(await liveCertificates(recovery.harness), 2, "the predecessor and its one successor");
      });
    }
  });

  describe("when a request waits for approval,", () => {
    for (const death of deaths(CALLS_OF_A_WAITING_REQUEST)) {
      it(`${title(death, "what replaces it")}: one use, one request that waits, one certificate`, async () => {
        const { harness, answer } = await recover(death, replacement, 70);
        await decide(harness, answer.record.name, "Approved");
        const issued = await harness.enrol({ token: MANUAL, key: "k2" });
        await judge({ harness, answer: issued });
        assert.equal(await usesOf(harness), 1);
        await assert.rejects(harness.enrol({ token: MANUAL, key: "k1" }), { code: "request_voided" });
      });
    }
    for (const death of deaths(CALLS_OF_A_DECISION)) {
      it(`${title(death, "its denial")}: said again, it gives its use back`, async () => {
        const mortality: { current: Death | undefined } = { current: undefined };
        const harness = await issuanceHarness({ gate: dying(mortality) });
        const { record } = await (await waiting(harness))();
        mortality.current = death;
        await assert.rejects(decide(harness, record.name, "Denied"), Died);
        mortality.current = undefined;
        await decide(harness, record.name, "Denied");
        assert.equal(await usesOf(harness), 0);
        await assert.rejects(harness.enrol({ token: MANUAL, key: "k1" }), { code: "request_denied" });
      });
    }
  });

  for (const death of deaths(CALLS_OF_AN_ADMISSION)) {
    it(`${title(death, "an admission after a restore")}: on record once, one live successor`, async () => {
      const { harness, answer } = await recover(death, unknownRenewal, 70);
      await judge({ harness, answer });
      const admitted = harness.audit.filter(({ event }) => event === "certificate_admitted");
      assert.ok(admitted.length <= 1, "admitted once, and told of it unless the function died first");
      assert.equal(await liveCertificates(harness), 3, "what the backup knew, what was admitted and its one successor");
    });
  }

  const reserving = ["ledger.reserve", "tokens.consume", "nodes.write"];
  for (let subset = 0; subset < 8; subset++) {
    const lost = reserving.filter((_, index) => (subset & (1 << index)) !== 0);
    it(`survives that of the three writes of a reservation ${lost.join(" and ") || "none"} never happened`, async () => {
      const harness = await issuanceHarness();
      const ask = await enrolment(harness);
      for (const call of [...lost, "signer.sign"]) harness.failures.add(call);
      await assert.rejects(ask(), /the function died/);
      harness.failures.clear();
      await judge({ harness, answer: await ask() });
    });
  }
});

/** A token for two, and another key each time. */
async function enrolmentWithNewKeys(harness: IssuanceHarness): Promise<() => Promise<IssuanceAnswer>> {
  const double = await harness.newToken({ maxUses: 2 });
  let keys = 0;
  return () => harness.enrol({ token: double, key: `k${++keys}` });
}

async function renewalWithNewKeys(harness: IssuanceHarness): Promise<() => Promise<IssuanceAnswer>> {
  const answer = await (await enrolment(harness))();
  const certificate = certificateIn(answer);
  await harness.confirm(answer.record.name, certificate);
  let keys = 1;
  return () => harness.renew({ certificate, key: `k${++keys}` });
}

/** A token for one, whose requests wait. */
async function waiting(harness: IssuanceHarness): Promise<() => Promise<IssuanceAnswer>> {
  await harness.stores.tokens.create(tokenRecordOf(MANUAL, { groups: [], maxUses: 1 }));
  return () => harness.enrol({ token: MANUAL, key: "k1" });
}

/** A machine that was started again while it waited: a new key, by the same use. */
async function replacement(harness: IssuanceHarness): Promise<() => Promise<IssuanceAnswer>> {
  await (
    await waiting(harness)
  )();
  harness.clock.advance(60);
  return () => harness.enrol({ token: MANUAL, key: "k2" });
}

/** It renewed after the backup, and an operator admits that. */
async function unknownRenewal(harness: IssuanceHarness): Promise<() => Promise<IssuanceAnswer>> {
  const renew = await renewal(harness);
  const restore = backUp(harness);
  const issuedAfter = harness.clock.now();
  harness.clock.advance(3600);
  const lost = await renew();
  await harness.confirm(lost.record.name, certificateIn(lost));
  restore("nodes", "issuances");
  harness.clock.advance(60);
  const until = new Date(harness.clock.now().getTime() + 24 * 3600 * 1000);
  const services = { ...harness.services, admissions: harness.stores.admissions };
  await openAdmission(services, { issuedAfter, until, except: [] }, "admin");
  return () => harness.renew({ certificate: certificateIn(lost), key: "k3" });
}

async function decide({ services }: IssuanceHarness, name: string, outcome: "Approved" | "Denied"): Promise<void> {
  await decideRequest(services, name, { outcome, by: "admin", reason: "Asked", message: "" });
}

async function usesOf({ stores }: IssuanceHarness): Promise<number | undefined> {
  return (await stores.tokens.read(MANUAL.id))?.usedBy.size;
}

/** How many certificates of the name are complete and not void. */
async function liveCertificates({ stores, clock }: IssuanceHarness): Promise<number> {
  const filter = { nodeName: "n1.example", expiresFrom: clock.now(), expiresUntil: secondsAgo(-30 * 24 * 3600) };
  const { items } = await stores.ledger.listCertificates(filter, { limit: 10, cursor: undefined });
  return items.filter(isComplete).length;
}

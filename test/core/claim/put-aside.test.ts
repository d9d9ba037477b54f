import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isComplete, stateOf } from "../../../core/ledger/issuance-record.ts";
import { releaseNode, revokeNode } from "../../../core/revocation/revoke.ts";
import { issuanceHarness, type HarnessOptions, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";

const NODE = "n1.example";

/** The claim on a name and the record beside it are written in parallel: what comes between the two. */
describe("an intent that is put aside before its record is written", () => {
  it("is never signed once its name was released and claimed by another key", async () => {
    const { harness, first, goOn } = await claimedWithoutRecord();
    await operator(harness, "release");
    const other = await harness.enrol({ token: await harness.newToken(), key: "k2" });
    goOn();
    await assert.rejects(first, { code: "request_voided" });
    assert.ok(await isIssued(harness, other.record.name));
    assert.equal((await liveOf(harness)).length, 1);
  });

  it("is never signed once its node was revoked, and is on record as revoked", async () => {
    const { harness, first, goOn } = await claimedWithoutRecord();
    const candidate = (await harness.stores.nodes.read(NODE))?.candidate;
    await operator(harness, "revoke");
    harness.calls.length = 0;
    goOn();
    await assert.rejects(first, { code: "certificate_revoked" });
    assert.ok(!harness.calls.includes("signer.sign"));
    const record = await harness.stores.ledger.read(candidate?.intentName ?? "");
    assert.equal(record && stateOf(record), "Revoked");
  });

  it("is never signed when it is a renewal of a node that is revoked meanwhile", async () => {
    const gate = reservingLate();
    const harness = await issuanceHarness(gate.options);
    const { record, ...answer } = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    await harness.confirm(record.name, certificateIn({ record, ...answer }));
    gate.hold();
    const renewal = harness.renew({ certificate: certificateIn({ record, ...answer }), key: "k2" });
    await new Promise(setImmediate);
    await operator(harness, "revoke");
    gate.goOn();
    await assert.rejects(renewal, { code: "certificate_revoked" });
    assert.deepEqual(await liveOf(harness), []);
  });
});

describe("revokeNode", () => {
  it("revokes what was replaced too, as long as it is valid: a copied disk may hold any of them", async () => {
    const harness = await issuanceHarness();
    const { record, ...answer } = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    const certificate = certificateIn({ record, ...answer });
    await harness.confirm(record.name, certificate);
    const second = await harness.renew({ certificate, key: "k2" });
    await harness.confirm(second.record.name, certificateIn(second));
    const third = await harness.renew({ certificate: certificateIn(second), key: "k3" });
    assert.equal((await liveOf(harness)).length, 3);
    await operator(harness, "revoke");
    assert.deepEqual(await liveOf(harness), []);
    for (const { name } of [record, second.record, third.record]) {
      assert.equal((await harness.stores.ledger.read(name))?.revocation?.reason, "keyCompromise");
    }
  });

  it("leaves other nodes alone", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken();
    await harness.enrol({ token, key: "k1" });
    const other = await harness.enrol({ token, key: "k2", nodeName: "n2.example" });
    await operator(harness, "revoke");
    assert.ok(await isIssued(harness, other.record.name));
  });
});

describe("releaseNode", () => {
  it("leaves a certificate that is final by age alone, confirmed or not", async () => {
    const { harness, name } = await unconfirmed();
    harness.clock.advance(700);
    await operator(harness, "release");
    await harness.enrol({ token: await harness.newToken(), key: "k2" });
    assert.ok(await isIssued(harness, name), "it is in the node's hands, and stays valid until it expires");
  });

  it("takes one that is not final yet out of the way of the next claim", async () => {
    const { harness, name } = await unconfirmed();
    await operator(harness, "release");
    await harness.enrol({ token: await harness.newToken(), key: "k2" });
    assert.ok((await harness.stores.ledger.read(name))?.voidedAt);
  });
});

async function unconfirmed() {
  const harness = await issuanceHarness();
  const { record } = await harness.enrol({ token: await harness.newToken(), key: "k1" });
  return { harness, name: record.name };
}

/** Holds back the writing of one record. */
function reservingLate() {
  let isHeld = false;
  let goOn: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const options: HarnessOptions = {
    gate: async (call, make) => {
      if (isHeld && call.name === "ledger.reserve") {
        isHeld = false;
        await late;
      }
      return make();
    },
  };
  return { options, hold: () => void (isHeld = true), goOn };
}

/** A first certificate whose name is claimed, and whose record is on its way. */
async function claimedWithoutRecord() {
  const gate = reservingLate();
  const harness = await issuanceHarness(gate.options);
  const token = await harness.newToken();
  gate.hold();
  const first = harness.enrol({ token, key: "k1" });
  while ((await harness.stores.nodes.read(NODE))?.candidate === undefined) await new Promise(setImmediate);
  return { harness, first, goOn: gate.goOn };
}

async function operator({ services, stores }: IssuanceHarness, act: "release" | "revoke"): Promise<void> {
  const outside = { ...services, ...stores };
  if (act === "release") await releaseNode(outside, NODE, "admin");
  else await revokeNode(outside, NODE, "keyCompromise", "admin");
}

async function isIssued({ stores }: IssuanceHarness, name: string): Promise<boolean> {
  const record = await stores.ledger.read(name);
  return record !== undefined && stateOf(record) === "Issued";
}

async function liveOf({ stores, clock }: IssuanceHarness) {
  const filter = { nodeName: NODE, expiresFrom: clock.now(), expiresUntil: new Date("9999-01-01T00:00:00Z") };
  const { items } = await stores.ledger.listCertificates(filter, { limit: 100, cursor: undefined });
  return items.filter((record) => isComplete(record) && record.revocation === undefined);
}

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allowRecovery } from "../../../core/claim/allow-recovery.ts";
import { releaseNode, revokeCertificate, revokeNode } from "../../../core/revocation/revoke.ts";
import { NOW } from "../../support/authorities.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";

const NODE = "n1.example";
const DAY_MS = 24 * 3600 * 1000;
const WORD = { until: new Date(NOW.getTime() + DAY_MS), recoveries: 2 };

async function joined() {
  const harness = await issuanceHarness();
  const { record } = await harness.enrol({ token: await harness.newToken(), key: "k1" });
  return { harness, services: harness.services, serialNumber: record.reservation?.serialNumber };
}

describe("allowRecovery", () => {
  it("is noted with who said it, counted anew, and an event", async () => {
    const { harness, services } = await joined();
    const node = await harness.stores.nodes.read(NODE);
    assert.ok(node);
    await harness.stores.nodes.write({ ...node, lastRecovery: { count: 3, at: NOW, intentName: "earlier" } });
    const [allowed] = await allowRecovery(services, NODE, WORD, "ada");
    assert.ok(allowed);
    assert.deepEqual(allowed, await harness.stores.nodes.read(NODE));
    assert.deepEqual(allowed.recoveryAllowance, { ...WORD, by: "ada" });
    assert.deepEqual(allowed.lastRecovery, { count: 0, at: NOW, intentName: "earlier" });
    assert.deepEqual(harness.audit.at(-1), {
      event: "node_recovery_allowed",
      nodeName: NODE,
      username: "ada",
      notAfter: WORD.until.toISOString(),
    });
  });

  it("knows no node that never was", async () => {
    await assert.rejects(allowRecovery((await joined()).services, "nobody", WORD, "ada"), { code: "not_found" });
  });

  it("has nothing to say for a released name, and no release leaves it in force", async () => {
    const { services } = await joined();
    await allowRecovery(services, NODE, WORD, "ada");
    assert.equal((await releaseNode(services, NODE, "ada"))[0]?.recoveryAllowance, undefined);
    await assert.rejects(allowRecovery(services, NODE, WORD, "ada"), {
      code: "not_found",
      message: /no certificate that could recover: its name was released/,
    });
  });

  it("does not undo a revocation, of the node or of its certificate", async () => {
    const [one, other] = [await joined(), await joined()];
    await revokeNode(one.services, NODE, "keyCompromise", "ada");
    const filter = { expiresFrom: NOW, expiresUntil: new Date(NOW.getTime() + 30 * DAY_MS) };
    assert.ok(other.serialNumber);
    await revokeCertificate(other.services, other.serialNumber, filter, "keyCompromise", "ada");
    for (const { services } of [one, other]) {
      await assert.rejects(allowRecovery(services, NODE, WORD, "ada"), {
        code: "certificate_revoked",
        message: /nothing recovers it; release its name/,
      });
    }
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openRequest } from "../../../core/ledger/node-record.ts";
import { requestRenewal } from "../../../core/renewal/request-renewal.ts";
import { releaseNode, revokeNode } from "../../../core/revocation/revoke.ts";
import { NOW } from "../../support/authorities.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";

const NODE = "n1.example";
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

async function joined() {
  const harness = await issuanceHarness();
  await harness.enrol({ token: await harness.newToken(), key: "k1" });
  return { harness, services: harness.services };
}

describe("requestRenewal", () => {
  it("is noted with who said it, and a line in the audit log; the last word counts", async () => {
    const { harness, services } = await joined();
    await requestRenewal(services, NODE, 60, "ada");
    const [node] = await requestRenewal(services, NODE, 3600, "grace");
    assert.deepEqual(node, await harness.stores.nodes.read(NODE));
    assert.deepEqual(node?.renewalRequest, { at: NOW, until: later(3600), by: "grace" });
    assert.deepEqual(harness.audit.at(-1), { event: "node_renewal_requested", nodeName: NODE, username: "grace" });
  });

  it("is answered by a certificate made after it", async () => {
    const [node] = await requestRenewal((await joined()).services, NODE, 60, "ada");
    for (const [seconds, isOpen] of [
      [-1, true],
      [0, true],
      [0.001, false],
      [3600, false],
    ] as const)
      assert.equal(openRequest(node, later(seconds)) !== undefined, isOpen, `made ${seconds} s after`);
  });

  it("is not said of a node that never was, was released, revoked, or has expired", async () => {
    const { harness, services } = await joined();
    const ask = (name = NODE) => requestRenewal(services, name, 60, "ada");
    await assert.rejects(ask("nobody"), { code: "not_found" });
    harness.clock.advance(400 * 24 * 3600);
    await assert.rejects(ask(), { code: "not_found", message: /no valid certificate that it could renew/ });
    await revokeNode(services, NODE, "keyCompromise", "ada");
    await assert.rejects(ask(), { code: "certificate_revoked", message: /release its name/ });
    await releaseNode(services, NODE, "ada");
    await assert.rejects(ask(), { code: "not_found" });
  });
});

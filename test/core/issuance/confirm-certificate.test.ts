import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NodeStore } from "../../../core/ledger/node-store.ts";
import { revokeNode } from "../../../core/revocation/revoke.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";

describe("confirmCertificate", () => {
  it("makes the candidate the anchor", async () => {
    const { harness, name, certificate } = await issued();
    await harness.confirm(name, certificate);
    const node = await harness.stores.nodes.read("n1.example");
    assert.equal(node?.anchor?.intentName, name);
    assert.equal(node.candidate, undefined);
  });

  it("says the same a second time, and writes nothing", async () => {
    const { harness, name, certificate } = await issued();
    await harness.confirm(name, certificate);
    const before = await harness.stores.nodes.read("n1.example");
    harness.calls.length = 0;
    await harness.confirm(name, certificate);
    assert.deepEqual(harness.calls, ["nodes.confirm"]);
    assert.deepEqual(await harness.stores.nodes.read("n1.example"), before);
  });

  it("notes which trust bundle the node has, with the first word and with later ones", async () => {
    const { harness, name, certificate } = await issued();
    const held = async () => (await harness.stores.nodes.read("n1.example"))?.agent;
    await harness.confirm(name, certificate, { version: "1.0", trustBundleSequence: 3 });
    assert.deepEqual(await held(), { version: "1.0", trustBundleSequence: 3 });
    harness.calls.length = 0;
    await harness.confirm(name, certificate, { version: "1.0", trustBundleSequence: 3 });
    assert.deepEqual(harness.calls, ["nodes.confirm"], "nothing is new");
    await harness.confirm(name, certificate, { version: "1.1", trustBundleSequence: 4 });
    assert.deepEqual(await held(), { version: "1.1", trustBundleSequence: 4 });
    await harness.confirm(name, certificate);
    assert.deepEqual(await held(), { version: "1.1", trustBundleSequence: 4 }, "who says nothing takes nothing back");
  });

  it("notes no trust bundle for a certificate that was replaced", async () => {
    const { harness, name, certificate } = await issued();
    await harness.confirm(name, certificate, { version: "1.0", trustBundleSequence: 3 });
    const next = await harness.renew({ certificate, key: "k2" });
    await harness.confirm(next.record.name, certificateIn(next), { version: "1.0", trustBundleSequence: 4 });
    const stale = harness.confirm(name, certificate, { version: "1.0", trustBundleSequence: 9 });
    await assert.rejects(stale, { code: "certificate_superseded" });
    assert.equal((await harness.stores.nodes.read("n1.example"))?.agent?.trustBundleSequence, 4);
  });

  it("says the same when the candidate became final by itself", async () => {
    const { harness, name, certificate } = await issued();
    harness.clock.advance(3600);
    await harness.confirm(name, certificate);
  });

  it("survives that somebody else writes the node at the same time", async () => {
    const { harness, name, certificate } = await issued();
    await Promise.all([harness.confirm(name, certificate), harness.confirm(name, certificate)]);
    assert.equal((await harness.stores.nodes.read("n1.example"))?.anchor?.intentName, name);
  });

  it("gives way to another writer for ever only if there is no end of them", async () => {
    const harness = await issuanceHarness({
      alter: ({ nodes, ...outside }) => ({ ...outside, nodes: { ...nodes, write: rivalWriter(nodes) } }),
    });
    const { name, certificate } = await issued(harness);
    await harness.confirm(name, certificate);
    assert.equal((await harness.stores.nodes.read("n1.example"))?.anchor?.intentName, name);
  });

  it("is refused for somebody else's request, and does not say whether there is one", async () => {
    const { harness, name, certificate } = await issued();
    const other = await harness.enrol({ token: await harness.newToken(), key: "k2", nodeName: "n2.example" });
    await assert.rejects(harness.confirm(name, certificateIn(other)), { code: "not_found" });
    await assert.rejects(harness.confirm(`csr-${"x".repeat(43)}`, certificate), { code: "not_found" });
  });

  it("is refused, and reported, when another key has the name", async () => {
    const { harness, name, certificate } = await issued();
    await harness.confirm(name, certificate);
    const next = await harness.renew({ certificate, key: "k2" });
    await harness.confirm(next.record.name, certificateIn(next));
    harness.audit.length = 0;
    await assert.rejects(harness.confirm(name, certificate), { code: "certificate_superseded" });
    assert.deepEqual(
      harness.audit.map(({ event }) => event),
      ["certificate_superseded_used"],
    );
  });

  it("is refused for a certificate that has been revoked", async () => {
    const { harness, name, certificate } = await issued();
    await revokeNode(harness.services, "n1.example", "keyCompromise", "admin");
    await assert.rejects(harness.confirm(name, certificate), { code: "certificate_revoked" });
  });

  it("is refused from the moment its node is revoked, before its own record says so", async () => {
    const { harness, name, certificate } = await issued();
    const node = await harness.stores.nodes.read("n1.example");
    assert.ok(node);
    const revocation = { reason: "keyCompromise", by: "admin", at: harness.clock.now() } as const;
    await harness.stores.nodes.write({ ...node, revocation });
    await assert.rejects(harness.confirm(name, certificate), { code: "certificate_revoked" });
    assert.equal((await harness.stores.nodes.read("n1.example"))?.anchor, undefined);
  });

  it("makes the node's name safe from the token that made it", async () => {
    const harness = await issuanceHarness();
    const token = await harness.newToken({ maxUses: 2 });
    const answer = await harness.enrol({ token, key: "k1" });
    await harness.confirm(answer.record.name, certificateIn(answer));
    harness.clock.advance(1);
    await assert.rejects(harness.enrol({ token, key: "k2" }), { code: "node_name_taken" });
  });
});

/** Every second write finds that somebody was there before. */
function rivalWriter(nodes: NodeStore): NodeStore["write"] {
  let writes = 0;
  return async (node) => {
    const current = await nodes.read(node.key);
    if (++writes % 2 === 0 && current !== undefined) await nodes.write(current);
    return nodes.write(node);
  };
}

async function issued(given?: IssuanceHarness) {
  const harness = given ?? (await issuanceHarness());
  const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
  return { harness, name: answer.record.name, certificate: certificateIn(answer) };
}

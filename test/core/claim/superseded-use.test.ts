import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { confirmCertificate } from "../../../core/issuance/confirm-certificate.ts";
import { authenticateCertificate } from "../../../core/issuance/authenticate-certificate.ts";
import { assertCurrentNode } from "../../../core/claim/current-node.ts";
import { releaseNode } from "../../../core/revocation/revoke.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";

const NODE = "n1.example";

/** A node that has renewed once, and somebody with a copy of what it had before. */
async function copiedNode() {
  const harness = await issuanceHarness();
  const enrolled = await harness.enrol({ token: await harness.newToken(), key: "k1" });
  const copy = certificateIn(enrolled);
  await harness.confirm(enrolled.record.name, copy);
  const renewed = await harness.renew({ certificate: copy, key: "k2" });
  const current = certificateIn(renewed);
  await harness.confirm(renewed.record.name, current);
  return { harness, copy, copyName: enrolled.record.name, current };
}

const attack = (harness: IssuanceHarness, certificate: Parameters<IssuanceHarness["renew"]>[0]["certificate"]) =>
  assert.rejects(harness.renew({ certificate, key: "stolen" }), { code: "certificate_superseded" });

describe("the use of a certificate that was replaced", () => {
  it("is noted on the node: which, when, how often; and one a minute is an event", async () => {
    const { harness, copy } = await copiedNode();
    const { serialNumber } = authenticateCertificate(copy, harness.directory, harness.clock.now(), "invalid_proof");
    for (let use = 0; use < 50; use++) await attack(harness, copy);
    harness.clock.advance(60);
    await Promise.all(Array.from({ length: 50 }, () => attack(harness, copy)));
    assert.deepEqual((await harness.stores.nodes.read(NODE))?.supersededUse, {
      serialNumber,
      at: harness.clock.now(),
      count: 2,
    });
    assert.equal(harness.audit.filter(({ event }) => event === "certificate_superseded_used").length, 2);
  });

  it("is no accusation of a machine whose name was released while its agent runs", async () => {
    const { harness, copy, current } = await copiedNode();
    await releaseNode(harness.services, NODE, "ada");
    await assert.rejects(harness.renew({ certificate: current, key: "k3" }), {
      code: "certificate_superseded",
      message: /was released by an operator.*join again with a new token/,
    });
    assert.equal((await harness.stores.nodes.read(NODE))?.supersededUse, undefined);
    await harness.enrol({ token: await harness.newToken(), key: "k4" });
    await attack(harness, copy);
    assert.equal(harness.audit.filter(({ event }) => event === "certificate_superseded_used").length, 1);
  });

  it("is noted for a confirmation, and for a serving certificate, too", async () => {
    const { harness, copy, copyName } = await copiedNode();
    const authenticated = authenticateCertificate(copy, harness.directory, harness.clock.now(), "invalid_proof");
    await assert.rejects(confirmCertificate(harness.services, copyName, authenticated), {
      code: "certificate_superseded",
    });
    harness.clock.advance(60);
    await assert.rejects(assertCurrentNode(harness.services, authenticated.identity), {
      code: "certificate_superseded",
    });
    assert.equal((await harness.stores.nodes.read(NODE))?.supersededUse?.count, 2);
  });

  it("costs one write a minute at most, so that a thief cannot keep the node from renewing", async () => {
    const { harness, copy, current } = await copiedNode();
    harness.calls.length = 0;
    for (let second = 0; second < 120; second++) {
      await attack(harness, copy);
      harness.clock.advance(1);
    }
    const ofTheNode = harness.calls.filter((call) => call === "nodes.write");
    assert.equal(ofTheNode.length, 2);
    // And at once with it: whoever wins, the node renews.
    const thieves = Array.from({ length: 50 }, () => attack(harness, copy));
    const renewed = harness.renew({ certificate: current, key: "k3" });
    await Promise.all(thieves);
    assert.ok((await renewed).isNew);
  });

  it("survives a renewal, and a new claim of the name", async () => {
    const { harness, copy, current } = await copiedNode();
    await attack(harness, copy);
    await harness.renew({ certificate: current, key: "k3" });
    assert.equal((await harness.stores.nodes.read(NODE))?.supersededUse?.count, 1);
  });

  it("begins no node that was never written", async () => {
    const { harness, copy } = await copiedNode();
    const { identity } = authenticateCertificate(copy, harness.directory, harness.clock.now(), "invalid_proof");
    const stranger = { ...identity, certificate: { ...identity.certificate, nodeName: "nobody.example" } };
    await assert.rejects(assertCurrentNode(harness.services, stranger), { code: "certificate_superseded" });
    assert.equal(await harness.stores.nodes.read("nobody.example"), undefined);
  });
});

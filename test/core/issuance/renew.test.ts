import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { revokeCertificate, revokeNode } from "../../../core/revocation/revoke.ts";
import type { SerialNumber } from "../../../core/certificate/serial-number.ts";
import { nodeCertificate, testAuthorities } from "../../support/authorities.ts";
import { issuanceHarness, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { secondsAgo } from "../../support/name-slots.ts";
import { certificateIn, csrOf } from "../../support/node-requests.ts";

describe("renew", () => {
  it("gives a node the next certificate, with the same subject and another key", async () => {
    const { harness, certificate } = await confirmedNode();
    const renewed = await harness.renew({ certificate, key: "k2" });
    const [old, next] = [certificate, certificateIn(renewed)].map((der) => new X509Certificate(der));
    assert.equal(next?.subject, old?.subject);
    assert.notEqual(next?.serialNumber, old?.serialNumber);
    assert.deepEqual(next?.publicKey.export({ format: "der", type: "spki" }), Buffer.from(csrOf("k2").spki));
  });

  it("answers a retry with the same bytes", async () => {
    const { harness, certificate } = await confirmedNode();
    const first = await harness.renew({ certificate, key: "k2" });
    harness.clock.advance(700);
    const second = await harness.renew({ certificate, key: "k2" });
    assert.deepEqual(certificateIn(second), certificateIn(first));
    assert.ok(!second.isNew);
  });

  it("confirms the certificate it is made with: who uses it has it", async () => {
    const harness = await issuanceHarness();
    const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    await harness.renew({ certificate: certificateIn(answer), key: "k2" });
    const node = await harness.stores.nodes.read("n1.example");
    assert.equal(node?.anchor?.intentName, answer.record.name);
  });

  it("goes on with the certificate a node has while the next one is not confirmed", async () => {
    const { harness, certificate } = await confirmedNode();
    const lost = await harness.renew({ certificate, key: "k2" });
    harness.clock.advance(1);
    const second = await harness.renew({ certificate, key: "k3" });
    assert.ok(second.isNew);
    assert.ok((await harness.stores.ledger.read(lost.record.name))?.voidedAt, "answer and key were lost: it is void");
    await assert.rejects(harness.renew({ certificate: certificateIn(lost), key: "k4" }), {
      code: "certificate_superseded",
    });
    assert.ok(await harness.renew({ certificate: certificateIn(second), key: "k5" }));
  });

  it("refuses a certificate whose successor is confirmed, and reports who used it", async () => {
    const { harness, certificate, record } = await confirmedNode();
    const next = await harness.renew({ certificate, key: "k2" });
    await harness.confirm(next.record.name, certificateIn(next));
    harness.audit.length = 0;
    await assert.rejects(harness.renew({ certificate, key: "k3" }), { code: "certificate_superseded" });
    assert.deepEqual(harness.audit, [
      {
        event: "certificate_superseded_used",
        nodeName: "n1.example",
        username: "system:node:n1.example",
        serialNumber: record.reservation?.serialNumber,
      },
    ]);
  });

  it("refuses a certificate whose successor is ten minutes old, confirmed or not", async () => {
    const { harness, certificate } = await confirmedNode();
    await harness.renew({ certificate, key: "k2" });
    harness.clock.advance(600);
    await assert.rejects(harness.renew({ certificate, key: "k3" }), { code: "certificate_superseded" });
  });

  it("refuses a late copy of an earlier renewal", async () => {
    const { harness, certificate } = await confirmedNode();
    const arrivedAt = harness.clock.now();
    harness.clock.advance(1);
    const next = await harness.renew({ certificate, key: "k3" });
    harness.clock.advance(1);
    await assert.rejects(harness.renew({ certificate, key: "k2", arrivedAt }), { code: "certificate_superseded" });
    await harness.confirm(next.record.name, certificateIn(next));
  });

  it("refuses a node another node's name", async () => {
    const { harness, certificate } = await confirmedNode();
    await harness.enrol({ token: await harness.newToken(), key: "k9", nodeName: "n2.example" });
    await assert.rejects(harness.renew({ certificate, key: "k2", nodeName: "n2.example" }), {
      code: "denied_by_policy",
      rule: "selfnodeclient",
    });
  });

  it("refuses a certificate of another CA", async () => {
    const { harness } = await confirmedNode();
    const foreign = nodeCertificate(await testAuthorities(), csrOf("k1").spki);
    await assert.rejects(harness.renew({ certificate: foreign, key: "k2" }), { code: "invalid_proof" });
  });

  it("refuses a revoked certificate, and leaves its unrevoked successor alone", async () => {
    const { harness, certificate, record } = await confirmedNode();
    const next = await harness.renew({ certificate, key: "k2" });
    const { serialNumber } = record.reservation ?? {};
    assert.ok(serialNumber);
    await revoke(harness, serialNumber);
    await assert.rejects(harness.renew({ certificate, key: "k3" }), { code: "certificate_revoked" });
    assert.ok(await harness.renew({ certificate: certificateIn(next), key: "k4" }));
  });

  it("refuses every certificate of a revoked node", async () => {
    const { harness, certificate } = await confirmedNode();
    const next = await harness.renew({ certificate, key: "k2" });
    await revokeNode(harness.services, "n1.example", "keyCompromise", "admin");
    for (const presented of [certificate, certificateIn(next)]) {
      await assert.rejects(harness.renew({ certificate: presented, key: "k3" }), { code: "certificate_revoked" });
    }
  });
});

async function revoke({ services, clock }: IssuanceHarness, serialNumber: SerialNumber): Promise<void> {
  const filter = { expiresFrom: clock.now(), expiresUntil: secondsAgo(-30 * 24 * 3600) };
  await revokeCertificate(services, serialNumber, filter, "keyCompromise", "admin");
}

async function confirmedNode() {
  const harness = await issuanceHarness();
  const { record, ...answer } = await harness.enrol({ token: await harness.newToken(), key: "k1" });
  const certificate = certificateIn({ record, ...answer });
  await harness.confirm(record.name, certificate);
  harness.clock.advance(1);
  return { harness, certificate, record };
}

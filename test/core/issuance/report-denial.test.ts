import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RefusalError, type RefusalCode } from "../../../core/refusal.ts";
import { reportingDenials } from "../../../core/issuance/report-denial.ts";
import type { AuditEvent } from "../../../core/audit/audit-event.ts";
import { memoryNodeStore } from "../../../adapters/memory/node-store.ts";
import { NOW } from "../../support/authorities.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { revokeNode } from "../../../core/revocation/revoke.ts";
import { certificateIn, csrOf, PARAMETERS } from "../../support/node-requests.ts";

const identity = { username: "system:bootstrap:abcdef", groups: [] };

async function reported(code: RefusalCode, nodeName = "n1.example", signerName = PARAMETERS.signerName) {
  const told: AuditEvent[] = [];
  const request = { identity, csr: csrOf("k1", nodeName), parameters: { ...PARAMETERS, signerName } };
  const services = { audit: (event: AuditEvent) => told.push(event), nodes: memoryNodeStore(), clock: () => NOW };
  const refusal = new RefusalError(code, "no", { rule: "r", field: "f" });
  await assert.rejects(
    reportingDenials(services, request, () => Promise.reject(refusal)),
    refusal,
  );
  return told;
}

describe("reportingDenials", () => {
  for (const code of [
    "denied_by_policy",
    "outside_token",
    "node_name_taken",
    "token_spent",
    "certificate_revoked",
  ] as const) {
    it(`tells of ${code}: who, what for, which rule and field`, async () => {
      assert.deepEqual(await reported(code), [
        {
          event: "request_denied",
          refusalCode: code,
          username: identity.username,
          signerName: PARAMETERS.signerName,
          nodeName: "n1.example",
          rule: "r",
          field: "f",
        },
      ]);
    });
  }

  for (const code of ["request_denied", "request_in_progress", "signer_busy", "bad_csr", "invalid_token"] as const) {
    it(`keeps silent about ${code}`, async () => assert.deepEqual(await reported(code), []));
  }

  it("never repeats what is shaped like a token, nor a signer name that is none", async () => {
    const [event] = await reported("denied_by_policy", "abcdef.0123456789abcdef", "abcdef.0123456789abcdef");
    assert.doesNotMatch(JSON.stringify(event), /0123456789abcdef/);
    assert.deepEqual(Object.keys(event ?? {}), ["event", "refusalCode", "username", "rule", "field"]);
    const [named] = await reported("denied_by_policy", "abcdef.0123456789abcdef");
    assert.equal(named?.nodeName, undefined);
  });

  it("hears of a first certificate that policy denies, and of a name that is held", async () => {
    const harness = await issuanceHarness();
    await harness.enrol({ token: await harness.newToken(), key: "k1" });
    const told = (event: AuditEvent | undefined) => [event?.refusalCode, event?.nodeName, event?.tokenId];
    const other = await harness.newToken();
    await assert.rejects(harness.enrol({ token: other, key: "k2" }));
    assert.deepEqual(told(harness.audit.at(-1)), ["node_name_taken", "n1.example", other.id]);
    const narrow = await harness.newToken({ nodeNames: ["web-*"] });
    await assert.rejects(harness.enrol({ token: narrow, key: "k3" }));
    assert.deepEqual(told(harness.audit.at(-1)), ["outside_token", "n1.example", narrow.id]);
  });

  it("tells once a minute of whoever was thrown out, however they ask", async () => {
    const harness = await issuanceHarness();
    const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    await revokeNode(harness.services, "n1.example", "keyCompromise", "ada");
    const token = await harness.newToken();
    const ask = async (): Promise<void> => {
      const certificate = certificateIn(answer);
      for (const key of ["k1", "k2"]) await assert.rejects(harness.renew({ certificate, key }));
      await assert.rejects(harness.enrol({ token, key: "k3" }));
    };
    const denials = () => harness.audit.filter(({ event }) => event === "request_denied").length;
    for (let times = 0; times < 10; times++) await ask();
    assert.equal(denials(), 1);
    harness.clock.advance(60);
    await Promise.all(Array.from({ length: 10 }, ask));
    assert.equal(denials(), 2);
  });

  it("hears of a renewal that policy denies", async () => {
    const harness = await issuanceHarness();
    const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    await assert.rejects(harness.renew({ certificate: certificateIn(answer), key: "k2", nodeName: "n2.example" }));
    const last = harness.audit.at(-1);
    assert.deepEqual(
      [last?.event, last?.username, last?.serialNumber],
      ["request_denied", "system:node:n1.example", answer.record.reservation?.serialNumber],
    );
  });
});

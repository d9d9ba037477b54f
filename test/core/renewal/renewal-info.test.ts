import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { issuerDirectory } from "../../../core/authority/issuer-directory.ts";
import { renewalInfo } from "../../../core/renewal/renewal-info.ts";
import { requestRenewal } from "../../../core/renewal/request-renewal.ts";
import { revokeNode } from "../../../core/revocation/revoke.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";

async function joined() {
  const harness = await issuanceHarness();
  const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
  return { harness, answer, name: answer.record.name };
}

describe("what an agent asks a few times a day", () => {
  it("is the window it was given, the trust bundle's sequence, and when to ask again", async () => {
    const { harness, answer, name } = await joined();
    harness.calls.length = 0;
    const { suggestion, trustBundleSequence, pollAfterSeconds } = await renewalInfo(harness.services, name);
    const { renewAfter, renewBefore } = answer.issued ?? {};
    assert.deepEqual(suggestion, { renewAfter, renewBefore, reason: undefined });
    assert.equal(trustBundleSequence, 1);
    assert.ok(pollAfterSeconds >= 5.4 * 3600 && pollAfterSeconds <= 6.6 * 3600, String(pollAfterSeconds));
    assert.ok(
      harness.calls.every((call) => call.endsWith(".read")),
      harness.calls.join(" "),
    );
  });

  it("is asked every hour while a CA generation comes or goes, and once where the window was moved", async () => {
    const { harness, name } = await joined();
    const [issuing, root] = harness.directory.bundle.authorities;
    assert.ok(issuing && root);
    const withState = (changes: object) => {
      const authorities = harness.directory.bundle.authorities.map((authority) =>
        authority.role === "issuing" ? { ...authority, ...changes } : authority,
      );
      const successor = authorities.find(({ role }) => role === "issuing");
      assert.ok(successor);
      const bundle = {
        sequence: 2,
        authorities: [...authorities, { ...successor, id: "issuing-g2", state: "active" as const }],
      };
      return { ...harness.services, issuers: () => Promise.resolve(issuerDirectory(bundle)) };
    };
    const prepared = await renewalInfo(withState({ state: "prepared" }), name);
    assert.ok(prepared.pollAfterSeconds <= 3960, String(prepared.pollAfterSeconds));
    assert.equal(prepared.suggestion.reason, undefined);

    const now = harness.clock.now();
    const retiring = await renewalInfo(withState({ state: "retiring", stateSince: now }), name);
    assert.equal(retiring.suggestion.reason, "authority_retiring");
    assert.ok(retiring.pollAfterSeconds >= (retiring.suggestion.renewAfter.getTime() - now.getTime()) / 1000);
    const undated = await renewalInfo(withState({ state: "retiring" }), name);
    assert.equal(undated.suggestion.reason, "authority_retiring");
    assert.equal(retiring.trustBundleSequence, 2);
  });

  it("is an operator's override, until the certificate that answers it", async () => {
    const { harness, answer, name } = await joined();
    const at = harness.clock.now();
    await requestRenewal(harness.services, "n1.example", 0, "ada");
    const { suggestion } = await renewalInfo(harness.services, name);
    assert.deepEqual([suggestion.reason, suggestion.renewAfter <= at], ["operator_request", true]);

    harness.clock.advance(1);
    const renewed = await harness.renew({ certificate: certificateIn(answer), key: "k2" });
    const { suggestion: next } = await renewalInfo(harness.services, renewed.record.name);
    assert.equal(next.reason, undefined);
    assert.ok((await harness.stores.nodes.read("n1.example"))?.renewalRequest, "nobody had to clear it");
  });

  it("tells nothing of names that were never given, were chosen by people, or whose certificate was taken back", async () => {
    const { harness, name } = await joined();
    for (const unknown of [`csr-${"x".repeat(43)}`, "csr-x7k2p", "", "../nodes"])
      await assert.rejects(renewalInfo(harness.services, unknown), { code: "not_found" });
    await revokeNode({ ...harness.services }, "n1.example", "keyCompromise", "ada");
    await assert.rejects(renewalInfo(harness.services, name), { code: "not_found" });
  });
});

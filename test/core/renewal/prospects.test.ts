import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { allowRecovery } from "../../../core/claim/allow-recovery.ts";
import type { Authority } from "../../../core/authority/authority.ts";
import { issuerDirectory } from "../../../core/authority/issuer-directory.ts";
import { DEFAULT_POLICY, type Policy, type PolicyRule } from "../../../core/policy/policy.ts";
import { prospectsOf, type ProspectServices } from "../../../core/renewal/prospects.ts";
import { requestRenewal } from "../../../core/renewal/request-renewal.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";

const NODE = "n1.example";
const DAY = 24 * 3600;
const LIFETIME = 7 * DAY;

/** The shipped policy, with other words for the rule by which nodes renew. */
function policyWith(changes: Partial<PolicyRule>): Policy {
  const rules = DEFAULT_POLICY.rules.map((rule) => (rule.name === "selfnodeclient" ? { ...rule, ...changes } : rule));
  return { ...DEFAULT_POLICY, rules };
}

/** A node that joined, confirmed, and whose certificate ended a day ago. */
async function absentNode() {
  const harness = await issuanceHarness();
  const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
  await harness.confirm(answer.record.name, certificateIn(answer));
  harness.clock.advance(LIFETIME + DAY);
  const { services } = harness;
  return {
    harness,
    services,
    /** An operator's override by a service that differs so. */
    allow: async (changes: Partial<ProspectServices> = {}, seconds = DAY) => {
      const node = await harness.stores.nodes.read(NODE);
      assert.ok(node);
      const until = new Date(harness.clock.now().getTime() + seconds * 1000);
      const assertProspect = await prospectsOf({ ...services, ...changes }, [node], { until });
      return allowRecovery(services, NODE, { until, recoveries: 1 }, "ada", { assertProspect });
    },
    /** With an issuing CA that differs so; without one, if it is undefined. */
    withIssuing: (change: ((issuing: Authority) => Authority) | undefined): Partial<ProspectServices> => {
      const authorities = harness.directory.bundle.authorities.flatMap((one) =>
        one.role === "issuing" ? (change === undefined ? [] : [change(one)]) : [one],
      );
      return { issuers: () => Promise.resolve(issuerDirectory({ sequence: 2, authorities })) };
    },
  };
}

describe("an operator's override", () => {
  it("says yes where the next certificate can come of it", async () => {
    const { allow, harness } = await absentNode();
    const [allowed] = await allow();
    assert.equal(allowed?.recoveryAllowance?.by, "ada");
    assert.ok(await harness.stores.nodes.read(NODE));
  });

  const never: readonly { readonly why: string; readonly policy: Policy; readonly message: RegExp }[] = [
    {
      why: "where policy lets no certificate recover",
      policy: policyWith({ recoverySeconds: 0, recoveries: 0 }),
      message: /rule selfnodeclient lets no certificate recover .*join n1\.example again with a new token/,
    },
    {
      why: "to a name outside policy",
      policy: policyWith({ names: ["other-*"] }),
      message: /policy refuses n1\.example its next certificate.*matches none of "other-\*"/,
    },
    {
      why: "to a key that policy takes no more",
      policy: policyWith({ keyTypes: ["RSA-4096"] }),
      message: /the key is/,
    },
    { why: "where no rule lets nodes renew", policy: { ...DEFAULT_POLICY, rules: [] }, message: /no rule lets/ },
  ];
  for (const { why, policy, message } of never) {
    it(`says no ${why}, and notes nothing`, async () => {
      const { allow, harness } = await absentNode();
      await assert.rejects(allow({ policy }), { code: "denied_by_policy", message });
      assert.equal((await harness.stores.nodes.read(NODE))?.recoveryAllowance, undefined);
    });
  }

  it("says no where the CA has ended, is gone, or was retired and nothing of it is admitted", async () => {
    const { allow, harness, withIssuing } = await absentNode();
    const code = "request_voided";
    await assert.rejects(allow(withIssuing(undefined)), { code, message: /the CA issuing-g1 of n1\.example is gone/ });
    const retired = withIssuing((issuing) => ({ ...issuing, state: "retired" }));
    await assert.rejects(allow(retired), { code, message: /was retired.*recovery admit --authority issuing-g1/ });
    const now = harness.clock.now();
    const admission = {
      issuedAfter: now,
      openedAt: now,
      until: new Date(now.getTime() + DAY * 1000),
      except: [],
      by: "ada",
      authorityIds: ["issuing-g1"],
    };
    assert.ok(await allow({ ...retired, admissions: { read: () => Promise.resolve(admission) } }));
    const except = { ...admission, except: [NODE] };
    await assert.rejects(allow({ ...retired, admissions: { read: () => Promise.resolve(except) } }), { code });
    harness.clock.advance(20 * 365 * DAY);
    await assert.rejects(allow(), { code, message: /issuing-g1 of n1\.example ended at .*join it again/ });
  });

  it("says no where the record is gone, and no CA that is left is older than the certificate", async () => {
    const { allow, withIssuing } = await absentNode();
    const ledger = { readMany: () => Promise.resolve(new Map()) };
    assert.ok(await allow({ ledger }));
    const retired = withIssuing((issuing) => ({ ...issuing, state: "retired" }));
    await assert.rejects(allow({ ...retired, ledger }), { code: "request_voided", message: /is gone/ });
  });

  it("that ends before the certificate does says when it is needed", async () => {
    const harness = await issuanceHarness();
    await harness.enrol({ token: await harness.newToken(), key: "k1" });
    const node = await harness.stores.nodes.read(NODE);
    assert.ok(node);
    const until = (seconds: number) => ({ until: new Date(harness.clock.now().getTime() + seconds * 1000) });
    const short = await prospectsOf(harness.services, [node], until(DAY));
    assert.throws(() => short(node), { code: "malformed_request", message: /needs no recovery until .*--for/ });
    (await prospectsOf(harness.services, [node], until(8 * DAY)))(node);
  });

  it("asks for no early renewal that policy refuses", async () => {
    const harness = await issuanceHarness();
    await harness.enrol({ token: await harness.newToken(), key: "k1" });
    const node = await harness.stores.nodes.read(NODE);
    assert.ok(node);
    const services = { ...harness.services, policy: policyWith({ names: ["other-*"] }) };
    const assertProspect = await prospectsOf(services, [node], "renewal");
    const asked = requestRenewal(services, NODE, 60, "ada", { assertProspect });
    await assert.rejects(asked, { code: "denied_by_policy" });
    assert.equal((await harness.stores.nodes.read(NODE))?.renewalRequest, undefined);
  });
});

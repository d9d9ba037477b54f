import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideRequest } from "../../../core/signing-request/decide.ts";
import { revokeNode } from "../../../core/revocation/revoke.ts";
import { secondsAgo } from "../../support/name-slots.ts";
import { issuanceHarness, writesOf, type IssuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn, PARAMETERS } from "../../support/node-requests.ts";

interface Refusal {
  readonly why: string;
  readonly code: string;
  /** Whatever must have happened before. Gives the request that is refused. */
  readonly arrange: (harness: IssuanceHarness) => Promise<() => Promise<unknown>>;
}

const limited = { maxUses: 3 };

const tokens: readonly Refusal[] = [
  {
    why: "an unknown token",
    code: "invalid_token",
    arrange: (harness) =>
      Promise.resolve(() => harness.enrol({ token: { id: "zzzzzz", secret: "z".repeat(16) }, key: "k1" })),
  },
  {
    why: "a wrong secret",
    code: "invalid_token",
    arrange: async (harness) => {
      const { id } = await harness.newToken(limited);
      return () => harness.enrol({ token: { id, secret: "z".repeat(16) }, key: "k1" });
    },
  },
  {
    why: "an expired token",
    code: "invalid_token",
    arrange: async (harness) => {
      const token = await harness.newToken({ ...limited, expiration: secondsAgo(0) });
      return () => harness.enrol({ token, key: "k1" });
    },
  },
  {
    why: "a revoked token",
    code: "invalid_token",
    arrange: async (harness) => {
      const token = await harness.newToken({ ...limited, revokedAt: secondsAgo(1) });
      return () => harness.enrol({ token, key: "k1" });
    },
  },
  {
    why: "a token for signing only",
    code: "invalid_token",
    arrange: async (harness) => {
      const token = await harness.newToken({ ...limited, usages: ["signing"] });
      return () => harness.enrol({ token, key: "k1" });
    },
  },
  {
    why: "a spent token",
    code: "token_spent",
    arrange: async (harness) => {
      const token = await harness.newToken({ maxUses: 1 });
      await harness.enrol({ token, key: "k1" });
      return () => harness.enrol({ token, key: "k2", nodeName: "n2.example" });
    },
  },
  {
    why: "a name outside the token's",
    code: "outside_token",
    arrange: async (harness) => {
      const token = await harness.newToken({ ...limited, nodeNames: ["web-*"] });
      return () => harness.enrol({ token, key: "k1" });
    },
  },
  {
    why: "a source outside the token's",
    code: "outside_token",
    arrange: async (harness) => {
      const token = await harness.newToken({ ...limited, sourceCidrs: ["198.51.100.0/24"] });
      return () => harness.enrol({ token, key: "k1" });
    },
  },
  {
    why: "a name no policy allows",
    code: "denied_by_policy",
    arrange: async (harness) => {
      const token = await harness.newToken(limited);
      return () => harness.enrol({ token, key: "k1", nodeName: "UPPER" });
    },
  },
  {
    why: "a signer nobody may use",
    code: "denied_by_policy",
    arrange: async (harness) => {
      const token = await harness.newToken(limited);
      const parameters = { ...PARAMETERS, signerName: "kubernetes.io/kube-apiserver-client" };
      return () => harness.enrol({ token, key: "k1", parameters });
    },
  },
];

const names: readonly Refusal[] = [
  {
    why: "a name held by a live node",
    code: "node_name_taken",
    arrange: async (harness) => {
      await enrolled(harness);
      const token = await harness.newToken(limited);
      return () => harness.enrol({ token, key: "k2" });
    },
  },
  {
    why: "a name another key is asking for at this moment",
    code: "request_in_progress",
    arrange: async (harness) => {
      const token = await harness.newToken(limited);
      harness.failures.add("signer.sign");
      await assert.rejects(harness.enrol({ token, key: "k1" }), /the function died/);
      return () => harness.enrol({ token, key: "k2" });
    },
  },
  {
    why: "a new key for a node that has been revoked",
    code: "certificate_revoked",
    arrange: async (harness) => {
      await enrolled(harness);
      await revokeNode(harness.services, "n1.example", "keyCompromise", "admin");
      const token = await harness.newToken({ ...limited, allowReplace: true });
      return () => harness.enrol({ token, key: "k2" });
    },
  },
  {
    why: "a request whose certificate has been revoked",
    code: "certificate_revoked",
    arrange: async (harness) => {
      const { token } = await enrolled(harness);
      await revokeNode(harness.services, "n1.example", "keyCompromise", "admin");
      return () => harness.enrol({ token, key: "k1" });
    },
  },
  {
    why: "a request whose certificate has expired",
    code: "request_voided",
    arrange: async (harness) => {
      const { token, record } = await enrolled(harness);
      assert.ok(record.reservation);
      harness.clock.advance(1 + (record.reservation.notAfter.getTime() - harness.clock.now().getTime()) / 1000);
      return () => harness.enrol({ token, key: "k1" });
    },
  },
  {
    why: "a request that another key displaced",
    code: "request_voided",
    arrange: async (harness) => {
      const token = await harness.newToken(limited);
      await harness.enrol({ token, key: "k1" });
      harness.clock.advance(1);
      await harness.enrol({ token, key: "k2" });
      return () => harness.enrol({ token, key: "k1" });
    },
  },
  {
    why: "a request an administrator denied",
    code: "request_denied",
    arrange: async (harness) => {
      const token = await harness.newToken({ ...limited, groups: [] });
      const { record } = await harness.enrol({ token, key: "k1" });
      await decideRequest(harness.services, record.name, {
        outcome: "Denied",
        by: "admin",
        reason: "Unknown",
        message: "who is this?",
      });
      return () => harness.enrol({ token, key: "k1" });
    },
  },
];

/** Reserved before the claim is judged: a read first would cost every ordinary renewal a round trip. */
const renewals: readonly Refusal[] = [
  {
    why: "a certificate that a newer one has superseded",
    code: "certificate_superseded",
    arrange: async (harness) => {
      const { certificate } = await enrolled(harness);
      const renewed = await harness.renew({ certificate, key: "k2" });
      await harness.confirm(renewed.record.name, certificateIn(renewed));
      return () => harness.renew({ certificate, key: "k3" });
    },
  },
  {
    why: "a node that has been revoked",
    code: "certificate_revoked",
    arrange: async (harness) => {
      const { certificate } = await enrolled(harness);
      await revokeNode(harness.services, "n1.example", "keyCompromise", "admin");
      return () => harness.renew({ certificate, key: "k2" });
    },
  },
];

describe("a refused request leaves no trace:", () => {
  for (const { why, code, arrange } of [...tokens, ...names]) {
    it(why, async () => {
      const harness = await issuanceHarness();
      const ask = await arrange(harness);
      harness.calls.length = 0;
      await assert.rejects(ask(), { name: "RefusalError", code });
      // A note on the node, so that it is told once a minute.
      assert.deepEqual(writesOf(harness.calls), code === "certificate_revoked" ? ["nodes.write"] : []);
      harness.calls.length = 0;
      await assert.rejects(ask(), { name: "RefusalError", code });
      assert.deepEqual(writesOf(harness.calls), []);
    });
  }
});

describe("a refused renewal leaves a record that is never signed, and no claim:", () => {
  for (const { why, code, arrange } of renewals) {
    it(why, async () => {
      const harness = await issuanceHarness();
      const ask = await arrange(harness);
      const before = await harness.stores.nodes.read("n1.example");
      for (const attempt of ["the first", "a retry"]) {
        harness.calls.length = 0;
        await assert.rejects(ask(), { name: "RefusalError", code }, attempt);
        assert.ok(!harness.calls.includes("signer.sign"), attempt);
        const node = await harness.stores.nodes.read("n1.example");
        assert.deepEqual([node?.anchor, node?.candidate], [before?.anchor, before?.candidate], attempt);
      }
    });
  }
});

/** A node with the key `k1` and a confirmed certificate. */
async function enrolled(harness: IssuanceHarness) {
  const token = await harness.newToken(limited);
  const answer = await harness.enrol({ token, key: "k1" });
  const certificate = certificateIn(answer);
  await harness.confirm(answer.record.name, certificate);
  return { token, record: answer.record, certificate };
}

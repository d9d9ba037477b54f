import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_POLICY, RULE_DEFAULTS, type PolicyRule } from "../../../core/policy/policy.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { certificateIn } from "../../support/node-requests.ts";
import { assertAddsNoNames } from "../../../core/csr/renewed-names.ts";
import { parseCertificate } from "../../../core/certificate/certificate.ts";
import { subjectName } from "../../../core/asn1/distinguished-name.ts";
import { NO_EXTENSIONS } from "../../../core/csr/requested-extensions.ts";

describe("a renewal", () => {
  it("brings nobody to a group or a name that the certificate does not say, whatever rules there are", async () => {
    const rule: PolicyRule = {
      ...RULE_DEFAULTS,
      name: "more",
      group: "system:nodes",
      signerName: "nodeseal.dev/client",
    };
    const harness = await issuanceHarness({ policy: { ...DEFAULT_POLICY, rules: [...DEFAULT_POLICY.rules, rule] } });
    const answer = await harness.enrol({ token: await harness.newToken(), key: "k1" });
    const presented = parseCertificate(certificateIn(answer));
    const ask =
      (organizations: readonly string[], dnsNames: readonly string[] = []) =>
      () =>
        assertAddsNoNames(presented, {
          subject: subjectName([...organizations], "system:node:n1.example"),
          extensions: { ...NO_EXTENSIONS, dnsNames },
        });
    assert.doesNotThrow(ask(["system:nodes"]));
    assert.doesNotThrow(ask([]));
    assert.throws(ask(["system:nodes", "system:masters"]), {
      code: "denied_by_policy",
      field: "subject.organizations",
    });
    assert.throws(ask(["system:nodes"], ["n1.example"]), { code: "denied_by_policy", field: "dnsNames" });
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { contextPrimitive } from "../../../core/asn1/der-writer.ts";
import { decided, SERVER, SERVER_SUBJECT, SERVING, type PolicyQuestion } from "../../support/policy-questions.ts";
import { dnsName, ipAddress, subjectAltName as san } from "../../support/profile-samples.ts";

const denied: ({ why: string; field: string; message: RegExp } & PolicyQuestion)[] = [
  {
    why: "a DNS name where there may be none",
    extensions: [san(dnsName("n1.example"))],
    field: "subjectAltName",
    message: /does not allow subject alternative names/,
  },
  {
    why: "an IP address where there may be none",
    extensions: [san(ipAddress("10.0.0.1"))],
    field: "subjectAltName",
    message: /does not allow/,
  },
  {
    why: "an email address where there may be no name",
    extensions: [san(contextPrimitive(1, Buffer.from("a@b")))],
    field: "subjectAltName",
    message: /does not allow/,
  },
  {
    why: "a registeredID where there may be no name",
    extensions: [san(contextPrimitive(8, Buffer.of(42)))],
    field: "subjectAltName",
    message: /does not allow/,
  },
  {
    why: "no alternative name where one is required",
    rule: SERVING,
    field: "subjectAltName",
    message: /at least one DNS name or IP address is required/,
  },
  {
    why: "an email address beside a good name",
    rule: SERVING,
    extensions: [san(dnsName("n1.example"), contextPrimitive(1, Buffer.from("a@b")))],
    field: "subjectAltName",
    message: /email, URI and other/,
  },
  {
    why: "a URI beside a good name",
    rule: SERVING,
    extensions: [san(dnsName("n1.example"), contextPrimitive(6, Buffer.from("spiffe://a")))],
    field: "subjectAltName",
    message: /email, URI and other/,
  },
  {
    why: "a registeredID beside a good name",
    rule: SERVING,
    extensions: [san(dnsName("n1.example"), contextPrimitive(8, Buffer.of(42)))],
    field: "subjectAltName",
    message: /email, URI and other/,
  },
  {
    why: "another node's DNS name",
    rule: SERVING,
    extensions: [san(dnsName("n2.example"))],
    field: "subjectAltName",
    message: /the DNS name "n2\.example" matches none of "n1\.example", "\*\.pods\.example"/,
  },
  {
    why: "a wildcard DNS name",
    rule: SERVING,
    extensions: [san(dnsName("*.pods.example"))],
    field: "subjectAltName",
    message: /"\*\.pods\.example" cannot be certified: wildcards are not certified/,
  },
  {
    why: "a DNS name in upper case that is another's in lower case too",
    rule: SERVING,
    extensions: [san(dnsName("N2.example"))],
    field: "subjectAltName",
    message: /"N2\.example" matches none of "n1\.example"/,
  },
  {
    why: "a DNS name with a trailing dot",
    rule: SERVING,
    extensions: [san(dnsName("n1.example."))],
    field: "subjectAltName",
    message: /cannot be certified: it ends with a dot; leave the dot out/,
  },
  {
    why: "a DNS name with an underscore, even where a rule allows every name",
    rule: { ...SERVING, dnsNames: ["*"] },
    extensions: [san(dnsName("ip_10_1_2_3"))],
    field: "subjectAltName",
    message: /cannot be certified: the name of a host has no underscore/,
  },
  {
    why: "a bad DNS name behind a good one",
    rule: SERVING,
    extensions: [san(dnsName("n1.example"), dnsName("kubernetes.default.svc"))],
    field: "subjectAltName",
    message: /"kubernetes\.default\.svc" matches none/,
  },
  {
    why: "an IP address outside the rule's blocks",
    rule: SERVING,
    extensions: [san(ipAddress("11.0.0.1"))],
    field: "subjectAltName",
    message: /the IP address 11\.0\.0\.1 is in none of "10\.0\.0\.0\/8"/,
  },
  {
    why: "an IPv6 address outside the rule's blocks",
    rule: SERVING,
    extensions: [san(ipAddress("2001:db9::1"))],
    field: "subjectAltName",
    message: /2001:db9::1 is in none/,
  },
  {
    why: "a name where the rule has no patterns",
    rule: { ...SERVING, dnsNames: [] },
    extensions: [san(dnsName("n1.example"))],
    field: "subjectAltName",
    message: /is not allowed: the rule allows none/,
  },
  {
    why: "a server name outside {name}.example",
    rule: SERVER,
    subject: SERVER_SUBJECT,
    extensions: [san(dnsName("web-2.example"))],
    field: "subjectAltName",
    message: /matches none of "web-1\.example"/,
  },
];

describe("DNS names", () => {
  it("are compared without regard to case, and certified in lower case, once", () => {
    const asked = {
      rule: SERVING,
      extensions: [san(dnsName("N1.Example"), dnsName("n1.example"), dnsName("A.Pods.example"))],
    };
    const decision = decided(asked);
    assert.ok(decision.outcome !== "deny");
    assert.deepEqual(decision.grant.dnsNames, ["n1.example", "a.pods.example"]);
  });

  it("are compared so with patterns of an older policy, too", () => {
    const rule = { ...SERVING, dnsNames: ["{name}.Pods.EXAMPLE"] };
    const decision = decided({ rule, extensions: [san(dnsName("n1.example.pods.example"))] });
    assert.ok(decision.outcome !== "deny");
  });
});

describe("a denial names the rule and the field", () => {
  for (const { why, field, message, ...asked } of denied) {
    it(`for ${why}: ${field}`, () => {
      const decision = decided(asked);
      assert.ok(decision.outcome === "deny", "it was granted");
      assert.deepEqual([decision.code, decision.rule, decision.field], ["denied_by_policy", "the rule", field]);
      assert.match(decision.reason, message);
      assert.doesNotMatch(decision.reason, /^[A-Z]|\.$/);
    });
  }
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TAG } from "../../../core/asn1/der.ts";
import { OID } from "../../../core/asn1/object-identifier.ts";
import { nameOf, subjectOf } from "../../support/certificate-requests.ts";
import { nodeIdentity } from "../../support/identities.ts";
import { CLIENT, decided, SERVER, type PolicyQuestion } from "../../support/policy-questions.ts";
import { dnsName, subjectAltName as san } from "../../support/profile-samples.ts";

const text = (type: string, content: string, tag: number = TAG.utf8String) => ({ type, tag, content });

const denied: ({ why: string; field: string; message: RegExp } & PolicyQuestion)[] = [
  {
    why: "O=system:masters",
    subject: subjectOf(["system:masters"], "system:node:n1"),
    field: "subject.organization",
    message: /must be exactly "system:nodes", got "system:masters"/,
  },
  {
    why: "O=system:masters beside the right one",
    subject: subjectOf(["system:nodes", "system:masters"], "system:node:n1"),
    field: "subject.organization",
    message: /got "system:nodes", "system:masters"/,
  },
  {
    why: "the right O twice",
    subject: subjectOf(["system:nodes", "system:nodes"], "system:node:n1"),
    field: "subject.organization",
    message: /must be exactly/,
  },
  { why: "no O", subject: subjectOf([], "system:node:n1"), field: "subject.organization", message: /got none/ },
  {
    why: "O in other case",
    subject: subjectOf(["System:Nodes"], "system:node:n1"),
    field: "subject.organization",
    message: /got "System:Nodes"/,
  },
  {
    why: "O with a blank behind it",
    subject: subjectOf(["system:nodes "], "system:node:n1"),
    field: "subject.organization",
    message: /got "system:nodes "/,
  },
  {
    why: "a part of a rule's organizations",
    rule: SERVER,
    subject: subjectOf(["eu"], "web-1"),
    extensions: [san(dnsName("web-1.example"))],
    field: "subject.organization",
    message: /must be exactly "web", "eu", got "eu"/,
  },
  {
    why: "an organization twice in place of another",
    rule: SERVER,
    subject: subjectOf(["eu", "eu"], "web-1"),
    extensions: [san(dnsName("web-1.example"))],
    field: "subject.organization",
    message: /must be exactly "web", "eu", got "eu", "eu"/,
  },
  ...[[], ["ops"], ["web", "ops"], ["web", "web"], ["web", "eu", "eu"], ["system:masters"]].map((organizations) => ({
    why: `of a rule's choice of organizations ${JSON.stringify(organizations)}`,
    rule: { ...SERVER, organizationsMode: "any" } as const,
    subject: subjectOf(organizations, "web-1"),
    extensions: [san(dnsName("web-1.example"))],
    field: "subject.organization",
    message: /must be one or more of "web", "eu"/,
  })),
  {
    why: "an OU",
    subject: nameOf(
      text(OID.organization, "system:nodes"),
      text(OID.organizationalUnit, "x"),
      text(OID.commonName, "system:node:n1"),
    ),
    field: "subject",
    message: /O and CN only, got also OU=x/,
  },
  {
    why: "an email address in the subject",
    subject: nameOf(
      text(OID.organization, "system:nodes"),
      text(OID.commonName, "system:node:n1"),
      text("1.2.840.113549.1.9.1", "a@b", TAG.ia5String),
    ),
    field: "subject",
    message: /1\.2\.840\.113549\.1\.9\.1=a@b/,
  },
  {
    why: "an empty node name",
    subject: subjectOf(["system:nodes"], "system:node:"),
    field: "subject.commonName",
    message: /the node name is empty/,
  },
  {
    why: "upper case",
    subject: subjectOf(["system:nodes"], "system:node:N1"),
    field: "subject.commonName",
    message: /lower-case RFC 1123/,
  },
  {
    why: "a homoglyph",
    subject: subjectOf(["system:nodes"], "system:node:n\u0456ne"),
    field: "subject.commonName",
    message: /lower-case RFC 1123/,
  },
  {
    why: "a trailing dot",
    subject: subjectOf(["system:nodes"], "system:node:n1."),
    field: "subject.commonName",
    message: /lower-case RFC 1123/,
  },
  {
    why: "a name outside the rule's patterns",
    rule: { ...CLIENT, names: ["web-*", "db-1"] },
    field: "subject.commonName",
    message: /the name "n1\.example" matches none of "web-\*", "db-1"/,
  },
  {
    why: "another's name where only the own is allowed",
    rule: { ...CLIENT, ownNameOnly: true },
    identity: nodeIdentity("n2.example"),
    field: "subject.commonName",
    message: /must be the requester's own username "system:node:n2\.example"/,
  },
  {
    why: "a key type the rule does not have",
    rule: { ...CLIENT, keyTypes: ["P-384"] },
    field: "publicKey",
    message: /the key is P-256, allowed are "P-384"/,
  },
  {
    why: "a usage the profile does not have",
    usages: ["digital signature", "client auth", "server auth"],
    field: "usages",
    message: /does not allow "server auth", only "digital signature", "client auth", "key encipherment"/,
  },
  {
    why: "the usage of a CA",
    usages: ["digital signature", "client auth", "cert sign"],
    field: "usages",
    message: /does not allow "cert sign"/,
  },
  {
    why: "a usage there is not",
    usages: ["digital signature", "client auth", "constructor"],
    field: "usages",
    message: /does not allow "constructor"/,
  },
  {
    why: "a required usage left out",
    usages: ["client auth"],
    field: "usages",
    message: /needs "digital signature" among the usages/,
  },
  { why: "no usages at all", usages: [], field: "usages", message: /needs "digital signature", "client auth"/ },
];

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

describe("organizations", () => {
  const granted = (organizations: readonly string[], organizationsMode: "all" | "any"): unknown => {
    const decision = decided({
      rule: { ...SERVER, organizationsMode },
      subject: subjectOf(organizations, "web-1"),
      extensions: [san(dnsName("web-1.example"))],
    });
    assert.ok(decision.outcome !== "deny");
    return decision.grant.subject.map(({ value }) => value);
  };

  it("are a set: any order is granted, in the rule's", () => {
    assert.deepEqual(granted(["eu", "web"], "all"), ["web", "eu", "web-1"]);
  });

  it("may be some of the rule's, where it says so", () => {
    assert.deepEqual(granted(["eu"], "any"), ["eu", "web-1"]);
    assert.deepEqual(granted(["eu", "web"], "any"), ["web", "eu", "web-1"]);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boolean, encodeDer, namedBits, sequence } from "../../../core/asn1/der-writer.ts";
import { TAG, type Der } from "../../../core/asn1/der.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { extension } from "../../support/certificate-requests.ts";
import { decided, type PolicyQuestion } from "../../support/policy-questions.ts";

const purpose = (dotted: string): Der => extension(OID.extendedKeyUsage, sequence(objectIdentifier(dotted)));

const denied: ({ why: string; field: string; message: RegExp } & PolicyQuestion)[] = [
  {
    why: "CA:TRUE",
    extensions: [extension(OID.basicConstraints, sequence(boolean(true)), true)],
    field: "basicConstraints",
    message: /asks for a CA certificate/,
  },
  {
    why: "a key usage that is not granted",
    extensions: [extension(OID.keyUsage, namedBits([0, 5]), true)],
    field: "keyUsage",
    message: /the key usage keyCertSign, allowed are "digitalSignature"/,
  },
  {
    why: "keyEncipherment for an EC key, though its usage is allowed",
    usages: ["digital signature", "key encipherment", "client auth"],
    extensions: [extension(OID.keyUsage, namedBits([2]))],
    field: "keyUsage",
    message: /the key usage keyEncipherment/,
  },
  {
    why: "an extended key usage that is not granted",
    extensions: [purpose("1.3.6.1.5.5.7.3.1")],
    field: "extendedKeyUsage",
    message: /1\.3\.6\.1\.5\.5\.7\.3\.1, allowed are "1\.3\.6\.1\.5\.5\.7\.3\.2"/,
  },
  {
    why: "anyExtendedKeyUsage",
    extensions: [purpose("2.5.29.37.0")],
    field: "extendedKeyUsage",
    message: /2\.5\.29\.37\.0/,
  },
  {
    why: "an unknown extension",
    extensions: [extension("1.3.6.1.4.1.99999.1", encodeDer(TAG.null))],
    field: "extensions",
    message: /"1\.3\.6\.1\.4\.1\.99999\.1"; leave it out/,
  },
  {
    why: "name constraints",
    extensions: [extension("2.5.29.30", sequence(), true)],
    field: "extensions",
    message: /"2\.5\.29\.30"/,
  },
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

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { contextPrimitive, namedBits, sequence } from "../../../core/asn1/der-writer.ts";
import { TAG } from "../../../core/asn1/der.ts";
import { subjectName } from "../../../core/asn1/distinguished-name.ts";
import { objectIdentifier, OID } from "../../../core/asn1/object-identifier.ts";
import { extension, nameOf, NODE_SUBJECT, subjectOf } from "../../support/certificate-requests.ts";
import { decided, SERVER, SERVER_SUBJECT, SERVING, type PolicyQuestion } from "../../support/policy-questions.ts";
import { dnsName, ipAddress, subjectAltName as san } from "../../support/profile-samples.ts";

const text = (type: string, content: string, tag: number = TAG.utf8String) => ({ type, tag, content });

describe("the fields a denial may name", () => {
  it("are these, each with its rows in *-denials.test.ts", () => {
    const source = readFileSync(`${import.meta.dirname}/../../../core/policy/certificate-grant.ts`, "utf8");
    const fields = Array.from(source.matchAll(/field(?:: | = )"([^"]+)"/g), ([, field]) => field);
    assert.deepEqual(
      [...new Set(fields)],
      [
        ...["subject.organization", "subject", "subject.commonName", "publicKey", "usages"],
        ...["subjectAltName", "basicConstraints", "keyUsage", "extendedKeyUsage", "extensions"],
      ],
    );
  });
});

describe("a grant", () => {
  const grantOf = (asked: PolicyQuestion) => {
    const decision = decided(asked);
    assert.ok(decision.outcome !== "deny", decision.outcome === "deny" ? decision.reason : "");
    return decision.grant;
  };

  it("holds the profile's organization and the name, never the CSR's own subject", () => {
    const strings = nameOf(
      text(OID.commonName, "system:node:n1", TAG.ia5String),
      text(OID.organization, "system:nodes"),
    );
    assert.deepEqual(grantOf({ subject: strings }).subject, subjectName(["system:nodes"], "system:node:n1"));
  });

  it("holds the rule's organizations where the profile leaves them open", () => {
    const grant = grantOf({
      rule: SERVER,
      subject: SERVER_SUBJECT,
      extensions: [san(dnsName("web-1.example"), ipAddress("10.1.2.3"))],
    });
    assert.deepEqual(grant.subject, subjectName(["web", "eu"], "web-1"));
    assert.deepEqual([grant.dnsNames, grant.ipAddresses], [["web-1.example"], ["10.1.2.3"]]);
  });

  it("takes 52 characters of node name, where the common name has its 64", () => {
    assert.equal(
      grantOf({ subject: subjectOf(["system:nodes"], `system:node:${"a".repeat(52)}`) }).subject.at(-1)?.value.length,
      64,
    );
  });

  it("names nothing twice: equal DNS names, and an address in both its forms", () => {
    const mapped = contextPrimitive(7, Buffer.from("00000000000000000000ffff0a000001", "hex"));
    const { dnsNames, ipAddresses } = grantOf({
      rule: SERVING,
      extensions: [san(dnsName("n1.example"), dnsName("n1.example"), ipAddress("10.0.0.1"), mapped)],
    });
    assert.deepEqual([dnsNames, ipAddresses], [["n1.example"], ["10.0.0.1"]]);
  });

  it("holds the usages asked for, or the profile's own", () => {
    assert.deepEqual(grantOf({}).usages, ["digital signature", "client auth"]);
    assert.deepEqual(grantOf({ keyType: "RSA-2048" }).usages, ["digital signature", "client auth", "key encipherment"]);
    assert.deepEqual(grantOf({ usages: ["client auth", "key encipherment", "digital signature"] }).usages.length, 3);
  });

  it("is given to a CSR whose extensions ask for no more than that", () => {
    const extensions = [
      extension(OID.keyUsage, namedBits([0]), true),
      extension(OID.extendedKeyUsage, sequence(objectIdentifier("1.3.6.1.5.5.7.3.2"))),
      extension(OID.basicConstraints, sequence(), true),
    ];
    assert.equal(grantOf({ subject: NODE_SUBJECT, extensions }).rule.name, "the rule");
  });
});

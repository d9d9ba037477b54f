import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Der } from "../../../core/asn1/der.ts";
import { intentName, isIntentName, type IntentQuestion } from "../../../core/ledger/intent-name.ts";
import { KUBELET_CLIENT_SIGNER } from "../../../core/certificate/profile.ts";
import type { SerialNumber } from "../../../core/certificate/serial-number.ts";
import { extensionRequest, parsedCsr, subjectOf } from "../../support/certificate-requests.ts";
import { newKeyPair } from "../../support/key-pairs.ts";
import { dnsName, ipAddress, subjectAltName } from "../../support/profile-samples.ts";

const csr = parsedCsr();
const QUESTION: IntentQuestion = {
  username: "system:bootstrap:07401b",
  presentedSerialNumber: undefined,
  csr,
  signerName: KUBELET_CLIENT_SIGNER,
  usages: ["digital signature", "client auth"],
};
const nameOf = (changes: Partial<IntentQuestion> = {}): string => intentName({ ...QUESTION, ...changes });
const asking = (...names: Der[]) => parsedCsr({ attributes: [extensionRequest(subjectAltName(...names))] });

describe("intentName", () => {
  it("has a form that everybody who looks one up checks first", () => {
    assert.ok(isIntentName(nameOf()));
    for (const text of [
      "",
      "csr-",
      `csr-${"a".repeat(42)}`,
      `csr-${"a".repeat(44)}`,
      `${nameOf()}\n`,
      nameOf().replace("csr", "CSR"),
      "csr-../../etc",
    ]) {
      assert.ok(!isIntentName(text), text);
    }
  });

  const same: ({ why: string } & Partial<IntentQuestion>)[] = [
    { why: "another signature over the same request", csr: parsedCsr() },
    { why: "usages in another order", usages: ["client auth", "digital signature"] },
  ];
  for (const { why, ...changes } of same) {
    it(`is the same for ${why}`, () => {
      assert.equal(nameOf(changes), nameOf());
    });
  }

  it("is the same for alternative names in another order", () => {
    const [one, other] = [asking(dnsName("a"), ipAddress("10.0.0.1")), asking(ipAddress("10.0.0.1"), dnsName("a"))];
    assert.equal(nameOf({ csr: one }), nameOf({ csr: other }));
  });

  const others: ({ why: string } & Partial<IntentQuestion>)[] = [
    { why: "another key", csr: parsedCsr({ keyPair: newKeyPair("P-256") }) },
    { why: "another subject", csr: parsedCsr({ subject: subjectOf(["system:nodes"], "system:node:n2") }) },
    { why: "another requester", username: "system:bootstrap:07401c" },
    { why: "another certificate to renew from", presentedSerialNumber: "11".repeat(16) as SerialNumber },
    { why: "another signer", signerName: "kubernetes.io/kubelet-serving" },
    { why: "other usages", usages: ["digital signature", "key encipherment", "client auth"] },
    { why: "usages left to the profile", usages: undefined },
    { why: "alternative names", csr: asking(dnsName("a")) },
    {
      why: "parts of which one ends where the next begins",
      username: `${QUESTION.username}k`,
      signerName: KUBELET_CLIENT_SIGNER.slice(1),
    },
  ];
  for (const { why, ...changes } of others) {
    it(`is another for ${why}`, () => {
      assert.notEqual(nameOf(changes), nameOf());
    });
  }

  it("is another for an IP address than for a DNS name of the same text", () => {
    assert.notEqual(nameOf({ csr: asking(dnsName("10.0.0.1")) }), nameOf({ csr: asking(ipAddress("10.0.0.1")) }));
  });
});

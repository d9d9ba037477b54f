import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KEY_TYPES } from "../../../core/keys/key-type.ts";
import { USAGE_NAMES } from "../../../core/certificate/key-usage.ts";
import { defaultUsages, profileOf, SIGNER_NAMES, type Profile } from "../../../core/certificate/profile.ts";

const profile = (signerName: string): Profile => {
  const found = profileOf(signerName);
  assert.ok(found, signerName);
  return found;
};

describe("profiles", () => {
  it("are three of Kubernetes' four signers, and client, server and peer", () => {
    assert.deepEqual([...SIGNER_NAMES].sort(), [
      "kubernetes.io/kube-apiserver-client",
      "kubernetes.io/kube-apiserver-client-kubelet",
      "kubernetes.io/kubelet-serving",
      "nodeseal.dev/client",
      "nodeseal.dev/peer",
      "nodeseal.dev/server",
    ]);
  });

  it("do not hold legacy-unknown, which certificates.k8s.io/v1 refuses, nor anything close", () => {
    for (const name of [
      "kubernetes.io/legacy-unknown",
      "",
      "constructor",
      "Kubernetes.io/kubelet-serving",
      "kubernetes.io/kubelet-serving ",
    ]) {
      assert.equal(profileOf(name), undefined);
    }
  });

  it("allow only usages there are, and never one of a CA", () => {
    for (const name of SIGNER_NAMES) {
      const { requiredUsages, optionalUsages } = profile(name);
      for (const usage of [...requiredUsages, ...optionalUsages]) {
        assert.ok(USAGE_NAMES.includes(usage));
        assert.ok(!["cert sign", "crl sign", "any", "ocsp signing"].includes(usage));
      }
    }
  });

  it("give by default what they require and allow, with a key usage for every key", () => {
    for (const name of SIGNER_NAMES) {
      const { requiredUsages, optionalUsages } = profile(name);
      for (const keyType of KEY_TYPES) {
        const usages = defaultUsages(profile(name), keyType);
        assert.ok(requiredUsages.every((usage) => usages.includes(usage)));
        assert.ok(usages.every((usage) => requiredUsages.includes(usage) || optionalUsages.includes(usage)));
        assert.ok(usages.includes("digital signature"));
        assert.equal(usages.includes("key encipherment"), keyType.startsWith("RSA"));
        assert.equal(new Set(usages).size, usages.length);
      }
    }
  });

  const free = [
    { name: "web", isGood: true },
    { name: "a", isGood: true },
    { name: "Deploy_Bot@example.com", isGood: true },
    { name: "a".repeat(64), isGood: true },
    { name: "a".repeat(65), isGood: false },
    { name: "", isGood: false },
    { name: "system:admin", isGood: false },
    { name: "-a", isGood: false },
    { name: "a.", isGood: false },
    { name: "a b", isGood: false },
    { name: "a/b", isGood: false },
    { name: "a\n", isGood: false },
    { name: "\u0430dmin", isGood: false },
  ];
  for (const { name, isGood } of free) {
    it(`${isGood ? "take" : "refuse"} ${JSON.stringify(name)} as a name of ${name.length} characters where names are free`, () => {
      assert.equal(profile("nodeseal.dev/client").faultOfName(name) === undefined, isGood);
    });
  }
});

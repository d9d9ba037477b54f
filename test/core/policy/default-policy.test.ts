import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BOOTSTRAPPERS_GROUP, DEFAULT_TOKEN_GROUP } from "../../../core/token/bootstrap-token.ts";
import { DEFAULT_POLICY } from "../../../core/policy/policy.ts";
import { KUBELET_SERVING_SIGNER } from "../../../core/certificate/profile.ts";
import { subjectOf } from "../../support/certificate-requests.ts";
import { ask, outcomeOf, type Question } from "../../support/decision-questions.ts";
import { bootstrapIdentity, nodeIdentity } from "../../support/identities.ts";

describe("the default policy is Kubernetes' three bindings", () => {
  const rows: ({ why: string; is: string } & Question)[] = [
    {
      why: "nodeclient: a token of kubeadm's group is approved without a human",
      identity: bootstrapIdentity(),
      is: "issue n1.example by nodeclient",
    },
    {
      why: "nodeclient: with an RSA key too",
      identity: bootstrapIdentity(),
      keyType: "RSA-2048",
      is: "issue n1.example by nodeclient",
    },
    {
      why: "node-bootstrapper: another token may ask, and waits",
      identity: bootstrapIdentity({}, []),
      is: "pending n1.example by node-bootstrapper",
    },
    {
      why: "selfnodeclient: a node renews its own certificate",
      identity: nodeIdentity("n1.example"),
      is: "issue n1.example by selfnodeclient",
    },
    {
      why: "selfnodeclient: and no other's",
      identity: nodeIdentity("n2.example"),
      is: "deny denied_by_policy, selfnodeclient, subject.commonName",
    },
    {
      why: "nobody else may ask",
      identity: { username: "admin", groups: ["system:masters", "system:authenticated"] },
      is: "deny denied_by_policy, default-deny, signerName",
    },
    {
      why: "someone in no group may not ask",
      identity: { username: "x", groups: [] },
      is: "deny denied_by_policy, default-deny, signerName",
    },
    {
      why: "kubelet-serving is never given by itself",
      identity: bootstrapIdentity(),
      parameters: { signerName: KUBELET_SERVING_SIGNER },
      is: "deny denied_by_policy, default-deny, signerName",
    },
    {
      why: "kube-apiserver-client is not given to tokens",
      identity: bootstrapIdentity(),
      parameters: { signerName: "kubernetes.io/kube-apiserver-client" },
      is: "deny denied_by_policy, default-deny, signerName",
    },
    {
      why: "legacy-unknown is no signer",
      identity: bootstrapIdentity(),
      parameters: { signerName: "kubernetes.io/legacy-unknown" },
      is: "deny denied_by_policy, default-deny, signerName",
    },
    {
      why: "an unknown signer is none",
      identity: bootstrapIdentity(),
      parameters: { signerName: "example.com/mine" },
      is: "deny denied_by_policy, default-deny, signerName",
    },
    {
      why: "a name every object has is no signer",
      identity: bootstrapIdentity(),
      parameters: { signerName: "constructor" },
      is: "deny denied_by_policy, default-deny, signerName",
    },
    {
      why: "a CSR for system:masters is denied by the first rule for its group",
      identity: bootstrapIdentity(),
      subject: subjectOf(["system:masters"], "system:node:n1"),
      is: "deny denied_by_policy, nodeclient, subject.organization",
    },
    {
      why: "usages of a server are denied",
      identity: bootstrapIdentity(),
      parameters: { usages: ["digital signature", "server auth"] },
      is: "deny denied_by_policy, nodeclient, usages",
    },
    {
      why: "an old kubelet's usages are allowed",
      identity: bootstrapIdentity(),
      parameters: { usages: ["digital signature", "key encipherment", "client auth"] },
      is: "issue n1.example by nodeclient",
    },
  ];
  for (const { why, is, ...question } of rows) {
    it(why, () => {
      assert.equal(outcomeOf(ask(question)), is);
    });
  }

  it("gives the group of tokens to no rule of the default policy but Kubernetes' two", () => {
    const groups = DEFAULT_POLICY.rules.map(({ name, group, approval, ownNameOnly }) => ({
      name,
      group,
      approval,
      ownNameOnly,
    }));
    assert.deepEqual(groups, [
      { name: "nodeclient", group: DEFAULT_TOKEN_GROUP, approval: "auto", ownNameOnly: false },
      { name: "selfnodeclient", group: "system:nodes", approval: "auto", ownNameOnly: true },
      { name: "node-bootstrapper", group: BOOTSTRAPPERS_GROUP, approval: "manual", ownNameOnly: false },
    ]);
  });
});

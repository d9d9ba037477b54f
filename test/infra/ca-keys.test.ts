import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deployedPolicies, whyDenied } from "../support/iam/deployed-policies.ts";
import { resolveTemplates } from "../support/iam/resolved-template.ts";
import { EVERY_SWITCH, synthesizedTemplates } from "../support/synthesized-templates.ts";

const WHERE = { accountId: "111122223333", region: "eu-central-1" };
const ADMINISTRATOR = `arn:aws:iam::${WHERE.accountId}:role/Administrator`;

const AUTHORITY = ["authority"];
const NODE_API = ["node-api"];
const BOTH = ["authority", "node-api"];

for (const { why, document, signersOfKeys } of [
  { why: "by default", document: {}, signersOfKeys: [AUTHORITY, BOTH] },
  { why: "without revocation lists", document: { revocationLists: null }, signersOfKeys: [AUTHORITY, NODE_API] },
  { why: "with every switch on", document: EVERY_SWITCH, signersOfKeys: [AUTHORITY, BOTH] },
  {
    why: "in a single-tier hierarchy, without revocation lists",
    document: { authority: { hierarchy: "single" }, revocationLists: null },
    signersOfKeys: [BOTH],
  },
]) {
  describe(`the CA keys' own policies, ${why}`, () => {
    const { state, service } = synthesizedTemplates(document);
    const { identity, resource } = deployedPolicies(resolveTemplates([state.toJSON(), service.toJSON()], WHERE), WHERE);
    const keys = [...resource.keys()].filter((arn) => arn.startsWith("arn:aws:kms:"));
    const principals = [...identity.keys(), ADMINISTRATOR];
    // As though IAM let each of them do everything in KMS: only the key's policy stands in the way.
    const everything = [{ Effect: "Allow", Action: "kms:*", Resource: "*" }] as const;
    const policies = { identity: new Map(principals.map((arn) => [arn, everything])), resource };
    const context = { "kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "DIGEST" };
    const allowed = (action: string, key: string): readonly string[] =>
      principals.filter(
        (principalArn) => whyDenied(policies, { action, resource: key, principalArn, context }) === undefined,
      );

    it("let those sign who make CAs, certificates and lists with a key, whatever IAM allows", () => {
      const signers = keys.map((key) =>
        allowed("kms:Sign", key).map((arn) => /role\/nodeseal-(.*)-eu-central-1$/.exec(arn)?.[1]),
      );
      assert.deepEqual(signers.map((roles) => roles.sort()).sort(), signersOfKeys);
    });

    it("let nobody hand out grants, which would go around them", () => {
      for (const key of keys) assert.deepEqual(allowed("kms:CreateGrant", key), [], key);
    });

    it("do not speak to other accounts", () => {
      const principalArn = "arn:aws:iam::444455556666:role/Administrator";
      const foreign = { identity: new Map([[principalArn, everything]]), resource };
      for (const resourceArn of keys)
        for (const action of ["kms:Sign", "kms:PutKeyPolicy", "kms:GetPublicKey", "kms:CreateGrant"])
          assert.notEqual(whyDenied(foreign, { action, resource: resourceArn, principalArn, context }), undefined);
    });
  });
}

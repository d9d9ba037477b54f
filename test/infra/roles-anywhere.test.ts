import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { encodePem } from "../../core/asn1/pem.ts";
import { nobodyCertificate } from "../../core/roles-anywhere/nobody.ts";
import { parseDocument, synthesizedTemplates } from "../support/synthesized-templates.ts";

const on = (section: object) => ({ rolesAnywhere: { names: ["edge-*"], ...section } });

describe("IAM Roles Anywhere in the templates", () => {
  it("is in none where it is not asked for", () => {
    const { state, service } = synthesizedTemplates({});
    assert.doesNotMatch(JSON.stringify([state.toJSON(), service.toJSON()]), /[Rr]oles-?[Aa]nywhere|ROLES_ANYWHERE/);
  });

  const { service } = synthesizedTemplates(on({ sessionSeconds: 900, eksClusterNames: ["prod"] }));

  it("begins with an anchor that trusts nobody, and that no later deployment changes", () => {
    const x509CertificateData = encodePem("CERTIFICATE", nobodyCertificate());
    service.hasResourceProperties("AWS::RolesAnywhere::TrustAnchor", {
      Name: "nodeseal",
      Enabled: true,
      Source: { SourceType: "CERTIFICATE_BUNDLE", SourceData: { X509CertificateData: x509CertificateData } },
    });
    const again = synthesizedTemplates(on({ sessionSeconds: 3600 })).service;
    const anchorOf = (template: typeof service) => template.findResources("AWS::RolesAnywhere::TrustAnchor");
    assert.deepEqual(anchorOf(again), anchorOf(service));
  });

  it("makes a profile and a role for the names, that no session takes under another name", () => {
    service.hasResourceProperties("AWS::RolesAnywhere::Profile", { AcceptRoleSessionName: true, DurationSeconds: 900 });
    const conditions = {
      ArnEquals: { "aws:SourceArn": { "Fn::GetAtt": Match.anyValue() } },
      StringLike: { "aws:PrincipalTag/x509Subject/CN": ["edge-*"] },
    };
    const statement = (Action: unknown, Condition: object) => ({
      Action,
      Condition,
      Effect: "Allow",
      Principal: { Service: "rolesanywhere.amazonaws.com" },
    });
    service.hasResourceProperties("AWS::IAM::Role", {
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: {
        Statement: [
          statement("sts:AssumeRole", {
            ...conditions,
            StringEquals: { "sts:RoleSessionName": "${aws:PrincipalTag/x509Subject/CN}" },
          }),
          statement(["sts:SetSourceIdentity", "sts:TagSession"], conditions),
        ],
      },
    });
  });

  it("tells what machines need", () => {
    for (const output of ["RolesAnywhereTrustAnchor", "RolesAnywhereProfile", "RolesAnywhereRole"])
      service.hasOutput(output, {});
  });
});

describe("rolesAnywhere in the configuration", () => {
  const refusal = (document: object): string => {
    try {
      parseDocument(document);
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
    return "taken";
  };
  for (const [document, expected] of [
    [on({}), /^taken$/],
    [{ rolesAnywhere: {} }, /rolesAnywhere\.names/],
    [on({ names: [] }), /rolesAnywhere\.names/],
    [on({ names: ["*"] }), /rolesAnywhere\.names.*not for all of them/],
    [on({ names: ["system:node:edge-1"] }), /rolesAnywhere\.names/],
    [on({ sessionSeconds: 899 }), /rolesAnywhere\.sessionSeconds/],
    [on({ sessionSeconds: 43_201 }), /rolesAnywhere\.sessionSeconds/],
    [on({ managedPolicyArns: ["ReadOnlyAccess"] }), /managed policy/],
    [on({ eksClusterNames: ["*"] }), /EKS cluster/],
    [{ ...on({}), revocationLists: null }, /"rolesAnywhere" must be left out where revocationLists is null/],
    [{ ...on({}), authority: { keySpec: "ML-DSA-65" } }, /authority\.keySpec.*rolesAnywhere/],
    [{ ...on({}), authority: { keySpec: "Ed25519" } }, /authority\.keySpec.*rolesAnywhere/],
  ] as const)
    it(`${JSON.stringify(document)}: ${String(expected)}`, () => {
      assert.match(refusal(document), expected);
    });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Stack } from "aws-cdk-lib";
import { Match } from "aws-cdk-lib/assertions";
import { createTableInput } from "../../adapters/dynamodb/create-table-input.ts";
import { TABLES, type TableKind } from "../../adapters/dynamodb/tables.ts";
import { CertificateSigningState } from "../../infra/constructs/state/certificate-signing-state.ts";
import { synthesizedTemplates } from "../support/synthesized-templates.ts";

const { state } = synthesizedTemplates({ clusterName: "blue" });

describe("the state stack", () => {
  it("keeps every key, table and bucket whatever happens to the stack", () => {
    const mortal = Object.entries(
      state.toJSON()["Resources"] as Record<
        string,
        { Type: string; DeletionPolicy?: string; UpdateReplacePolicy?: string }
      >,
    )
      .filter(([, { Type }]) => Type !== "AWS::S3::BucketPolicy")
      .filter(([, resource]) => resource.DeletionPolicy !== "Retain" || resource.UpdateReplacePolicy !== "Retain");
    assert.deepEqual(mortal, []);
  });

  it("takes no external CA for issuing CAs that are their own roots", () => {
    const externalCa = { roots: [""], issuingCertificates: {} } as const;
    assert.throws(
      () => new CertificateSigningState(new Stack(), "State", { clusterName: "blue", isSingleTier: true, externalCa }),
      /isSingleTier and externalCa exclude each other/,
    );
  });

  it("protects every table from deletion and can restore each of its last 35 days", () => {
    state.allResourcesProperties("AWS::DynamoDB::GlobalTable", {
      Replicas: [
        Match.objectLike({
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
        }),
      ],
    });
  });

  for (const kind of Object.keys(TABLES) as TableKind[]) {
    it(`makes the ${kind} table as the adapter defines it`, () => {
      const { TableName, KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode } = createTableInput(
        `blue-${kind}`,
        TABLES[kind],
      );
      state.hasResourceProperties("AWS::DynamoDB::GlobalTable", {
        TableName,
        KeySchema,
        BillingMode,
        AttributeDefinitions: Match.arrayWith(AttributeDefinitions ?? []),
        GlobalSecondaryIndexes: GlobalSecondaryIndexes ?? Match.absent(),
        TimeToLiveSpecification:
          TABLES[kind].timeToLiveAttribute === undefined
            ? Match.absent()
            : { AttributeName: TABLES[kind].timeToLiveAttribute, Enabled: true },
      });
    });
  }

  it("lets nobody but its owner's account reach the bucket, and only over TLS", () => {
    state.hasResourceProperties("AWS::S3::Bucket", {
      VersioningConfiguration: { Status: "Enabled" },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    state.hasResourceProperties("AWS::S3::BucketPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
        ]),
      },
    });
  });

  it("gives another key spec other ids, so that KMS refuses to exchange a living CA's key under its alias", () => {
    const ids = (keySpec: string): string[] =>
      Object.keys(synthesizedTemplates({ authority: { keySpec } }).state.findResources("AWS::KMS::Alias"));
    assert.deepEqual(
      ids("P-256").filter((id) => ids("P-384").includes(id)),
      [],
    );
  });

  for (const [keySpec, KeySpec, algorithm, messageType = "DIGEST"] of [
    ["P-256", "ECC_NIST_P256", "ECDSA_SHA_256"],
    ["P-384", "ECC_NIST_P384", "ECDSA_SHA_384"],
    ["RSA-3072", "RSA_3072", "RSASSA_PKCS1_V1_5_SHA_256"],
    ["Ed25519", "ECC_NIST_EDWARDS25519", "ED25519_SHA_512", "RAW"],
    ["ML-DSA-65", "ML_DSA_65", "ML_DSA_SHAKE_256", "RAW"],
  ] as const) {
    it(`makes ${keySpec} keys that sign with ${algorithm} only`, () => {
      const template = synthesizedTemplates({ authority: { keySpec } }).state;
      template.resourcePropertiesCountIs("AWS::KMS::Key", { KeySpec, KeyUsage: "SIGN_VERIFY" }, 2);
      template.allResourcesProperties("AWS::KMS::Key", {
        KeyPolicy: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Effect: "Deny",
              Action: "kms:Sign",
              Condition: { StringNotEquals: { "kms:SigningAlgorithm": algorithm } },
            }),
            Match.objectLike({
              Effect: "Deny",
              Action: "kms:Sign",
              Condition: { StringNotEquals: { "kms:MessageType": messageType } },
            }),
          ]),
        },
      });
    });
  }
});

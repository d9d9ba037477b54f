import {
  CreateTableCommand,
  DescribeTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { CreateAliasCommand, CreateKeyCommand, type KeySpec, type KMSClient } from "@aws-sdk/client-kms";
import type { ResolvedTemplate } from "../iam/resolved-template.ts";

/** Makes the tables of a template, by the template's own words. */
export async function createTablesOf(template: ResolvedTemplate, client: DynamoDBClient): Promise<void> {
  for (const { type, properties } of Object.values(template)) {
    if (type !== "AWS::DynamoDB::GlobalTable") continue;
    const { TableName, KeySchema, AttributeDefinitions, BillingMode, GlobalSecondaryIndexes } =
      properties as unknown as CreateTableCommandInput;
    await client.send(
      new CreateTableCommand({ TableName, KeySchema, AttributeDefinitions, BillingMode, GlobalSecondaryIndexes }),
    );
    while ((await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus !== "ACTIVE");
  }
}

/** Makes the keys and aliases of a template. Resolves to the keys' ARNs, by logical id and by alias. */
export async function createKeysOf(template: ResolvedTemplate, client: KMSClient) {
  const arns: Record<string, string> = {};
  const aliases = new Map<string, string>();
  for (const [id, { type, properties }] of Object.entries(template)) {
    if (type !== "AWS::KMS::Key") continue;
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({ KeySpec: properties["KeySpec"] as KeySpec, KeyUsage: "SIGN_VERIFY" }),
    );
    arns[id] = KeyMetadata?.Arn ?? "";
  }
  for (const { type, properties } of Object.values(template)) {
    if (type !== "AWS::KMS::Alias") continue;
    const keyId = Object.keys(arns).find((id) => String(properties["TargetKeyId"]).includes(id)) ?? "";
    const alias = String(properties["AliasName"]);
    await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: arns[keyId] }));
    aliases.set(alias, arns[keyId] ?? "");
  }
  return { arns, aliases };
}

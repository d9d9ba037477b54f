import {
  CreateTableCommand,
  DescribeTableCommand,
  ListTablesCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  ListAliasesCommand,
  type KeySpec,
  type KMSClient,
} from "@aws-sdk/client-kms";
import type { ResolvedTemplate } from "../iam/resolved-template.ts";

/** Makes the tables of a template that are not there, by the template's own words. */
export async function createTablesOf(template: ResolvedTemplate, client: DynamoDBClient): Promise<void> {
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  for (const { type, properties } of Object.values(template)) {
    if (type !== "AWS::DynamoDB::GlobalTable") continue;
    const { TableName, KeySchema, AttributeDefinitions, BillingMode, GlobalSecondaryIndexes } =
      properties as unknown as CreateTableCommandInput;
    if (TableNames.includes(TableName ?? "")) continue;
    await client.send(
      new CreateTableCommand({ TableName, KeySchema, AttributeDefinitions, BillingMode, GlobalSecondaryIndexes }),
    );
    while ((await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus !== "ACTIVE");
  }
}

export interface StateKeys {
  /** By logical id. */
  readonly arns: Readonly<Record<string, string>>;
  /** By alias. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** Makes the keys and aliases of a template that are not there. */
export async function createKeysOf(template: ResolvedTemplate, client: KMSClient): Promise<StateKeys> {
  const arns: Record<string, string> = {};
  const aliases = await aliasesOf(client);
  for (const [name, keyId] of keyAliases(template)) {
    const existing = aliases.get(name);
    const arn = existing ?? (await createKey(client, template[keyId]?.properties["KeySpec"] as KeySpec));
    if (existing === undefined) await client.send(new CreateAliasCommand({ AliasName: name, TargetKeyId: arn }));
    arns[keyId] = arn;
    aliases.set(name, arn);
  }
  return { arns, aliases };
}

/** Every alias of a template, with the logical id of its key. */
export function keyAliases(template: ResolvedTemplate): ReadonlyMap<string, string> {
  const keyIds = Object.keys(template).filter((id) => template[id]?.type === "AWS::KMS::Key");
  const aliases = Object.values(template).filter(({ type }) => type === "AWS::KMS::Alias");
  return new Map(
    aliases.map(({ properties }) => {
      const keyId = keyIds.find((id) => String(properties["TargetKeyId"]).includes(id)) ?? "";
      return [String(properties["AliasName"]), keyId];
    }),
  );
}

async function createKey(client: KMSClient, keySpec: KeySpec): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ KeySpec: keySpec, KeyUsage: "SIGN_VERIFY" }));
  return KeyMetadata?.Arn ?? "";
}

/** ARNs of keys by alias. */
async function aliasesOf(client: KMSClient): Promise<Map<string, string>> {
  const { Aliases = [] } = await client.send(new ListAliasesCommand({}));
  return new Map(
    Aliases.map(({ AliasName = "", AliasArn = "", TargetKeyId = "" }) => [
      AliasName,
      AliasArn.replace(/alias\/.*$/, `key/${TargetKeyId}`),
    ]),
  );
}

import { ScanCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoDbIssuanceLedger } from "../../adapters/dynamodb/issuance/issuance-ledger.ts";
import { dynamoDbRecoveryAdmissionStore } from "../../adapters/dynamodb/authority/recovery-admission-store.ts";
import { dynamoDbNodeStore } from "../../adapters/dynamodb/node/node-store.ts";
import { dynamoDbTokenStore } from "../../adapters/dynamodb/token/token-store.ts";
import type { TableOptions } from "../../adapters/dynamodb/table.ts";
import { randomBootstrapToken, type BootstrapToken } from "../../core/token/bootstrap-token.ts";
import type { TokenRecord } from "../../core/token/token-record.ts";
import { notedCalls, type DynamoDbCall } from "../support/dynamodb-calls.ts";
import { freshTable } from "../support/dynamodb-tables.ts";
import { issuanceHarness } from "../support/issuance-harness.ts";
import { itemSize } from "../support/item-size.ts";
import { tokenRecordOf } from "../support/node-requests.ts";

/** What one request made the service spend, store and list. */
export interface Cost {
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly signatures: number;
  readonly listEntries: number;
  /** Of the tables; their indexes hold a part of it once more. */
  readonly storedBytes: number;
}

/** The real core over the real adapters, on tables of its own. */
export async function costHarness(client: DynamoDBClient) {
  const [tokens, nodes, issuances, authorities] = await Promise.all([
    freshTable(client, "tokens"),
    freshTable(client, "nodes"),
    freshTable(client, "issuances"),
    freshTable(client, "authorities"),
  ]);
  const ledger = dynamoDbIssuanceLedger(issuances);
  const stores = { tokens: dynamoDbTokenStore(tokens), nodes: dynamoDbNodeStore(nodes), ledger };
  const admissions = dynamoDbRecoveryAdmissionStore(authorities);
  const harness = await issuanceHarness({ alter: (memory) => ({ ...memory, ...stores, admissions }) });
  const calls = notedCalls(client, { refusedToo: true });
  const tables = [tokens, nodes, issuances];

  const measure = async (act: () => Promise<unknown>): Promise<Cost> => {
    const bytes = await storedBytes(client, tables);
    const entries = await listEntries(ledger);
    calls.length = 0;
    harness.calls.length = 0;
    await act();
    const made = [...calls];
    const signatures = harness.calls.filter((call) => call === "signer.sign").length;
    return {
      readUnits: units(made, isRead),
      writeUnits: units(made, (call) => !isRead(call)),
      signatures,
      listEntries: (await listEntries(ledger)) - entries,
      storedBytes: (await storedBytes(client, tables)) - bytes,
    };
  };
  const newToken = async (changes?: Partial<TokenRecord>): Promise<BootstrapToken> => {
    const token = randomBootstrapToken();
    await stores.tokens.create(tokenRecordOf(token, changes));
    return token;
  };
  return { harness, stores, measure, newToken };
}

export type CostHarness = Awaited<ReturnType<typeof costHarness>>;

async function listEntries(ledger: ReturnType<typeof dynamoDbIssuanceLedger>): Promise<number> {
  return (await ledger.listRevoked("issuing-g1", { limit: 1000, cursor: undefined })).items.length;
}

async function storedBytes(client: DynamoDBClient, tables: readonly TableOptions[]): Promise<number> {
  let bytes = 0;
  for (const { tableName } of tables) {
    const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName }));
    bytes += Items.reduce((sum, item) => sum + itemSize(item), 0);
  }
  return bytes;
}

function isRead({ operation }: DynamoDbCall): boolean {
  return /^(Get|BatchGet|Query)/.test(operation);
}

function units(calls: readonly DynamoDbCall[], wanted: (call: DynamoDbCall) => boolean): number {
  return calls.filter(wanted).reduce((sum, call) => sum + call.units, 0);
}

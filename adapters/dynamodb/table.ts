import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { text, textOf, type Item } from "./attribute.ts";
import { gatheredReads, type ItemReader } from "./gathered-reads.ts";
import { readItems } from "./read-items.ts";
import { refuseThrottled } from "./refuse-throttled.ts";
import { TABLES, type TableKind } from "./tables.ts";

/** In expressions every attribute is written `#name`: DynamoDB reserves hundreds of words, `name` and `key` among them. */
export interface Condition {
  readonly condition: string;
  /** By placeholder: `:now`. */
  readonly values?: Item;
}

export interface Change extends Condition {
  readonly update: string;
}

export interface Question {
  readonly indexName: string;
  readonly keyCondition: string;
  readonly values: Item;
  readonly limit: number;
  readonly isDescending?: boolean;
  /** The keys of the last entry that was seen: table's and index's. */
  readonly after?: Item | undefined;
}

export interface Answer {
  /** Keys only. */
  readonly items: readonly Item[];
  readonly hasMore: boolean;
}

/** What the stores may do with a table: single items, conditionally, and queries of an index. No scans, no transactions. */
export interface DynamoDbTable {
  read(id: string): Promise<Item | undefined>;
  /** In the order of the ids, without those that are not there. */
  readMany(ids: readonly string[]): Promise<Item[]>;
  /** False when the condition did not hold. */
  put(item: Item, condition: Condition): Promise<boolean>;
  /** What is stored afterwards, whether or not the condition held. */
  update(id: string, change: Change): Promise<{ readonly isApplied: boolean; readonly item: Item | undefined }>;
  query(question: Question): Promise<Answer>;
}

export interface TableOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /**
   * How single items are read: shared by tables that are read in parallel (`readsTogether`), whose functions may
   * BatchGetItem.
   *
   * @default - each by a GetItem of its own
   */
  readonly readItem?: ItemReader;
}

/** One reader for the tables of a function: what is read in parallel is one call. */
export function readsTogether(client: DynamoDBClient): ItemReader {
  return gatheredReads(client, readsAlone(client));
}

function readsAlone(client: DynamoDBClient): ItemReader {
  return async (tableName, keyName, id) => {
    const command = new GetItemCommand({ TableName: tableName, Key: { [keyName]: text(id) }, ConsistentRead: true });
    return (await refuseThrottled(client.send(command))).Item;
  };
}

export function dynamoDbTable(options: TableOptions, kind: TableKind): DynamoDbTable {
  const { client, tableName, readItem = readsAlone(client) } = options;
  const keyName = TABLES[kind].partitionKey.name;
  const keyOf = (id: string): Item => ({ [keyName]: text(id) });
  const read = async (id: string): Promise<Item | undefined> => {
    if (!isPossibleKey(id)) return undefined;
    return await readItem(tableName, keyName, id);
  };
  return {
    read,
    readMany: async (ids) => {
      // A key given twice is refused by DynamoDB.
      const unique = [...new Set(ids)].filter(isPossibleKey);
      const keys = unique.map((id) => ({ tableName, key: keyOf(id) }));
      const items = (await readItems(client, keys)).get(tableName) ?? [];
      const byId = new Map(items.map((item) => [textOf(item, keyName), item]));
      return unique.map((id) => byId.get(id)).filter((item) => item !== undefined);
    },
    put: async (item, condition) => {
      const command = new PutItemCommand({ TableName: tableName, Item: item, ...expressionsOf(condition) });
      const failed = await failedCondition(client.send(command));
      return failed === undefined;
    },
    update: async (id, change) => {
      if (!isPossibleKey(id)) return { isApplied: false, item: undefined };
      const command = new UpdateItemCommand({
        TableName: tableName,
        Key: keyOf(id),
        ...expressionsOf(change, change.update),
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      });
      let item: Item | undefined;
      const failed = await failedCondition(client.send(command).then((output) => (item = output.Attributes)));
      if (failed === undefined) return { isApplied: true, item };
      // DynamoDB says what it found instead; where it does not (no such item, or another implementation), look.
      return { isApplied: false, item: failed.Item ?? (await read(id)) };
    },
    query: async ({ indexName, keyCondition, values, limit, isDescending, after }) => {
      const command = new QueryCommand({
        TableName: tableName,
        IndexName: indexName,
        KeyConditionExpression: keyCondition,
        ExpressionAttributeNames: namesIn(keyCondition),
        ExpressionAttributeValues: values,
        Limit: limit,
        ScanIndexForward: isDescending !== true,
        ...(after === undefined ? {} : { ExclusiveStartKey: after }),
      });
      const { Items = [], LastEvaluatedKey } = await refuseThrottled(client.send(command));
      return { items: Items, hasMore: LastEvaluatedKey !== undefined };
    },
  };
}

/** What DynamoDB would refuse to look up (no text, over 2 KiB, half a surrogate pair) is not stored either. */
function isPossibleKey(id: string): boolean {
  return id !== "" && id.isWellFormed() && Buffer.byteLength(id) <= 2048;
}

async function failedCondition(answer: Promise<unknown>): Promise<ConditionalCheckFailedException | undefined> {
  try {
    await refuseThrottled(answer);
    return undefined;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error;
    throw error;
  }
}

function expressionsOf({ condition, values }: Condition, update?: string) {
  return {
    ConditionExpression: condition,
    ExpressionAttributeNames: namesIn(`${condition} ${update ?? ""}`),
    ...(update === undefined ? {} : { UpdateExpression: update }),
    ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
  };
}

/** `#name` stands for the attribute `name`. */
function namesIn(expression: string): Record<string, string> {
  return Object.fromEntries([...expression.matchAll(/#(\w+)/g)].map(([placeholder, name = ""]) => [placeholder, name]));
}

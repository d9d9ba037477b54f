import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { GetItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { mapOf, numberOf, type Item } from "../../adapters/dynamodb/attribute.ts";
import { dynamoDbIssuanceLedger } from "../../adapters/dynamodb/issuance/issuance-ledger.ts";
import type { TableOptions } from "../../adapters/dynamodb/table.ts";
import { TABLES } from "../../adapters/dynamodb/tables.ts";
import { startDynalite, type DynamoDbServer } from "../support/dynamodb-servers.ts";
import { freshTable } from "../support/dynamodb-tables.ts";
import { completion, daysLater, issuanceRecord, NOW, reservedRecord } from "../support/stored-records.ts";

const SEASON = { expiresFrom: daysLater(-30), expiresUntil: daysLater(75) };

async function itemOf({ client, tableName }: TableOptions, name: string): Promise<Item> {
  const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: { name: { S: name } } }));
  assert.ok(Item);
  return Item;
}

/** The names of all entries of all indexes. */
async function indexed({ client, tableName }: TableOptions): Promise<readonly string[]> {
  const scans = TABLES.issuances.indexes.map(({ name }) =>
    client.send(new ScanCommand({ TableName: tableName, IndexName: name })),
  );
  return (await Promise.all(scans)).flatMap(({ Items = [] }) => Items.map((item) => item["name"]?.S ?? ""));
}

describe("what was reserved and never signed", () => {
  let server: DynamoDbServer | undefined;
  before(async () => {
    server = await startDynalite();
  });
  after(() => server?.close());

  const emptyTable = async () => {
    assert.ok(server);
    return freshTable(server.client, "issuances");
  };

  it("is in no index, and goes after two days", async () => {
    const table = await emptyTable();
    const ledger = dynamoDbIssuanceLedger(table);
    const { name } = await ledger.reserve(reservedRecord({}, { notAfter: daysLater(400) }));
    assert.deepEqual(await indexed(table), []);
    assert.equal(numberOf(await itemOf(table, name), "deleteAt"), Math.ceil(daysLater(2).getTime() / 1000));
  });

  it("is kept until ninety days after its certificate's end, and is in the indexes, from its signature on", async () => {
    const table = await emptyTable();
    const ledger = dynamoDbIssuanceLedger(table);
    const { name } = await ledger.reserve(reservedRecord());
    await ledger.complete(name, completion());
    assert.deepEqual(await indexed(table), [name, name, name]);
    const item = await itemOf(table, name);
    assert.equal(numberOf(item, "deleteAt"), Math.ceil(daysLater(7 + 90).getTime() / 1000));
    assert.equal(item["ix"], undefined);
  });

  it("is kept as long as a request that waited is, if it did", async () => {
    const table = await emptyTable();
    const ledger = dynamoDbIssuanceLedger(table);
    const waiting = await ledger.createPending(issuanceRecord());
    const reservedAfter = async (days: number): Promise<number> => {
      await ledger.reserve(reservedRecord({ name: waiting.name }, { at: daysLater(days) }));
      return numberOf(await itemOf(table, waiting.name), "deleteAt");
    };
    assert.equal(await reservedAfter(1), Math.ceil(daysLater(8).getTime() / 1000));
  });

  it("does not go while it is being signed: not when it waited long, and not when another attempt reserved it long ago", async () => {
    const table = await emptyTable();
    const ledger = dynamoDbIssuanceLedger(table);
    const { name } = await ledger.createPending(issuanceRecord());
    const deleteAt = async () => numberOf(await itemOf(table, name), "deleteAt");
    await ledger.reserve(reservedRecord({ name }, { at: daysLater(8), notAfter: daysLater(30) }));
    assert.equal(await deleteAt(), Math.ceil(daysLater(10).getTime() / 1000));
    await ledger.countAttempt(name, daysLater(10));
    assert.equal(await deleteAt(), Math.ceil(daysLater(18).getTime() / 1000));
    await ledger.complete(name, completion());
    await ledger.countAttempt(name, daysLater(11));
    assert.equal(
      await deleteAt(),
      Math.ceil(daysLater(30 + 90).getTime() / 1000),
      "signed, it is kept as long as ever",
    );
    assert.equal((await ledger.read(name))?.reservation?.attempts, 3);
  });

  it("does not go while an attempt may still find it, once it is void", async () => {
    const table = await emptyTable();
    const ledger = dynamoDbIssuanceLedger(table);
    for (const act of ["voidUnsigned", "abandon"] as const) {
      const { name } = await ledger.createPending(issuanceRecord());
      await ledger[act](name, daysLater(8));
      assert.equal(numberOf(await itemOf(table, name), "deleteAt"), Math.ceil(daysLater(16).getTime() / 1000));
    }
  });

  it("is read and signed as well where an earlier version reserved it, with its index entries", async () => {
    const table = await emptyTable();
    const ledger = dynamoDbIssuanceLedger(table);
    const record = await ledger.reserve(reservedRecord({ nodeName: "node-7" }));
    const { ix, ...item } = await itemOf(table, record.name);
    assert.ok(ix);
    const { ra, x, d: deleteAt } = mapOf({ ix }, "ix");
    assert.ok(ra && x && deleteAt);
    const earlier = { ...item, ra, x, deleteAt };
    await table.client.send(new PutItemCommand({ TableName: table.tableName, Item: earlier }));
    assert.deepEqual(await ledger.read(record.name), record);
    const filter = { ...SEASON, nodeName: "node-7" };
    const listed = async () => (await ledger.listCertificates(filter, { limit: 5, cursor: undefined })).items;
    assert.deepEqual(await listed(), []);
    const signed = completion();
    assert.deepEqual(await ledger.complete(record.name, signed), { ...record, completion: signed });
    assert.deepEqual(await listed(), [{ ...record, completion: signed }]);
    assert.deepEqual(await ledger.complete(record.name, completion()), { ...record, completion: signed });
    await ledger.void(record.name, NOW);
    assert.deepEqual((await ledger.complete(record.name, completion())).completion, signed);
  });
});

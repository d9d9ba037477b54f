import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UpdateItemCommand, type AttributeValue } from "@aws-sdk/client-dynamodb";
import { dynamoDbIssuanceLedger } from "../../../adapters/dynamodb/issuance/issuance-ledger.ts";
import type { TableOptions } from "../../../adapters/dynamodb/table.ts";
import { minutesLater, reservedRecord } from "../../support/stored-records.ts";

const BROKEN: readonly (readonly [string, AttributeValue])[] = [
  ["sn", { B: Uint8Array.of(1, 2, 3) }],
  ["na", { S: "tomorrow" }],
  ["rv", { S: "yes" }],
  ["rv", { M: { reason: { S: "removeFromCRL" }, by: { S: "ada" }, at: { N: "1" } } }],
];

/** What no act of ours writes, and a hand or a fault might. `create` gives an empty table. */
export function unreadableRevocationContract(create: () => Promise<TableOptions>): void {
  describe("RevocationLedger, of rows that cannot be read", () => {
    it("names each of them, and lists the others", async () => {
      const { client, tableName } = await create();
      const ledger = dynamoDbIssuanceLedger({ client, tableName });
      const records = [...BROKEN, undefined].map(() => reservedRecord());
      for (const [index, { name }] of records.entries()) {
        const record = records[index];
        assert.ok(record);
        await ledger.reserve(record);
        await ledger.revoke(name, { reason: "superseded", by: "ada", at: minutesLater(index) });
      }
      for (const [index, [attribute, value]] of BROKEN.entries()) {
        const update = {
          UpdateExpression: "SET #broken = :value",
          ExpressionAttributeNames: { "#broken": attribute },
          ExpressionAttributeValues: { ":value": value },
        };
        const name = records[index]?.name ?? "";
        await client.send(new UpdateItemCommand({ TableName: tableName, Key: { name: { S: name } }, ...update }));
      }
      const { items, unreadable } = await ledger.listRevoked("issuing-g1", { limit: 10, cursor: undefined });
      assert.deepEqual(
        unreadable,
        records.slice(0, -1).map(({ name }) => name),
      );
      assert.deepEqual(
        items.map(({ serialNumber }) => serialNumber),
        [records.at(-1)?.reservation.serialNumber],
      );
    });
  });
}

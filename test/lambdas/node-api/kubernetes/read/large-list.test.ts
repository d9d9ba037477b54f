import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dynamoDbIssuanceLedger } from "../../../../../adapters/dynamodb/issuance/issuance-ledger.ts";
import { notedCalls } from "../../../../support/dynamodb-calls.ts";
import { startDynalite } from "../../../../support/dynamodb-servers.ts";
import { freshTable } from "../../../../support/dynamodb-tables.ts";
import { REQUESTS_PATH, send, textOf } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService } from "../../../../support/kubernetes-service.ts";
import { decision, issuanceRecord } from "../../../../support/stored-records.ts";

const OBJECTS = 10_000;
/** What kubectl asks for. */
const PAGE = 500;

describe("kubectl get csr over ten thousand objects", () => {
  it("gives each once, in pages that read what they show and no more", async (t) => {
    const server = await startDynalite();
    t.after(server.close);
    const ledger = dynamoDbIssuanceLedger(await freshTable(server.client, "issuances"));
    const service = await startKubernetesService({ ledger });
    t.after(service.close);
    const begun = Date.now() - 600_000;
    const store = async (index: number): Promise<unknown> => {
      const createdAt = new Date(begun + index);
      // One in twenty waits for an administrator.
      const decided = index % 20 === 0 ? {} : { decision: decision({ at: createdAt }) };
      return ledger.createPending({ ...issuanceRecord(), name: `csr-${index}`, createdAt, ...decided });
    };
    for (let start = 0; start < OBJECTS; start += 100)
      await Promise.all(Array.from({ length: 100 }, (_, index) => store(start + index)));

    const calls = notedCalls(server.client);
    const names: string[] = [];
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    let pages = 0;
    let next = "";
    do {
      const path = `${REQUESTS_PATH}?limit=${PAGE}${next === "" ? "" : `&continue=${next}`}`;
      const { status, json } = await send(service, "GET", path, {
        as: service.administratorToken,
        headers: { accept },
      });
      assert.equal(status, 200);
      const rows = (json["rows"] as unknown as { cells: string[] }[]).map(({ cells }) => cells[0] ?? "");
      assert.ok(rows.length <= PAGE);
      names.push(...rows);
      pages++;
      next = textOf(json["metadata"]?.["continue"]);
    } while (next !== "");

    assert.equal(names.length, OBJECTS);
    assert.equal(new Set(names).size, OBJECTS);
    const operations = new Set(calls.map(({ operation }) => operation));
    assert.deepEqual([...operations].toSorted(), ["BatchGetItem", "Query"]);
    // Looks of a hundred, each a query of the index by last change and a read of what it names; what is over is the other
    // two lists at the end, of what waits and of certificates, and the partitions of days with nothing in them.
    assert.ok(pages <= OBJECTS / PAGE + 2, `${pages} pages`);
    assert.ok(calls.length <= (2 * OBJECTS) / 100 + 250, `${calls.length} calls`);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryChangeRequestStore } from "../../../adapters/memory/change-request-store.ts";
import type { IssuanceRecord } from "../../../core/ledger/issuance-record.ts";
import { certificateOperations } from "../../../lambdas/admin-api/certificates.ts";
import { requestOperations } from "../../../lambdas/admin-api/requests.ts";
import { NOW } from "../../support/authorities.ts";
import { httpEvent } from "../../support/deployed/http-event.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { completion, issuanceRecord, reservation } from "../../support/stored-records.ts";
import { csrOf } from "../../support/node-requests.ts";

interface Row {
  readonly name: string;
  readonly nodeName: string;
  readonly state: string;
  readonly subject: string | null;
  readonly note?: string;
}

/** A record as an earlier, laxer version may have stored it: what it holds is no DER to this one. */
const UNREADABLE = Uint8Array.of(0x30, 0x80, 0, 0);

/** A ledger with one record of each kind that cannot be read, between two that can. */
async function admin() {
  const harness = await issuanceHarness();
  const { ledger } = harness.services;
  const asked = (nodeName: string, csr: Uint8Array<ArrayBuffer>): IssuanceRecord =>
    issuanceRecord({ createdAt: NOW, nodeName, csr });
  const good = Uint8Array.from(csrOf("unreadable").der);
  for (const [nodeName, csr] of [
    ["wait-1", good],
    ["wait-2", UNREADABLE],
    ["wait-3", good],
    ["wait-4", new Uint8Array()],
  ] as const)
    await ledger.createPending(asked(nodeName, csr));
  for (const nodeName of ["node-a", "node-b"]) {
    const tbsCertificate = UNREADABLE;
    const notAfter = new Date(NOW.getTime() + 3600_000);
    const { name } = await ledger.reserve({
      ...asked(nodeName, good),
      reservation: reservation({ at: NOW, notAfter, tbsCertificate }),
    });
    await ledger.complete(name, completion());
  }
  const { services } = harness;
  return {
    requests: requestOperations(services),
    certificates: certificateOperations({ ...services, changeRequests: memoryChangeRequestStore() }),
    ledger,
  };
}

function rowsOf(body: string | undefined): readonly Row[] {
  return (JSON.parse(body ?? "") as { items: readonly Row[] }).items;
}

describe("an administrator's list with a record in it that this version cannot read", () => {
  it("shows every request, and of that one what is known", async () => {
    const { requests } = await admin();
    const routeKey = "GET /v1/admin/requests";
    const { body } = await requests[routeKey](httpEvent({ routeKey }));
    const rows = rowsOf(body);
    const byNode = new Map(rows.map((row) => [row.nodeName, row]));
    assert.equal(rows.length, 4);
    assert.equal(byNode.get("wait-1")?.note, undefined);
    assert.match(byNode.get("wait-3")?.subject ?? "", /CN=/);
    for (const nodeName of ["wait-2", "wait-4"]) {
      const row = byNode.get(nodeName);
      assert.deepEqual([row?.state, row?.subject], ["Pending", null]);
      assert.match(row?.note ?? "", /^the stored CSR cannot be read by this version: /);
    }
  });

  it("shows every certificate, and of that one what is known", async () => {
    const { certificates } = await admin();
    const routeKey = "GET /v1/admin/certificates";
    const { body } = await certificates[routeKey](httpEvent({ routeKey }));
    const rows = rowsOf(body);
    assert.deepEqual(rows.map(({ nodeName }) => nodeName).toSorted(), ["node-a", "node-b"]);
    for (const { state, subject, note } of rows) {
      assert.deepEqual([state, subject], ["Issued", null]);
      assert.match(note ?? "", /^the stored certificate cannot be read by this version: /);
    }
  });

  it("shows the request by its name", async () => {
    const { requests, ledger } = await admin();
    const { items } = await ledger.listRequests(undefined, { limit: 10, cursor: undefined });
    const name = items.find(({ nodeName }) => nodeName === "wait-2")?.name ?? "";
    const routeKey = "GET /v1/admin/requests/{name}";
    const event = { ...httpEvent({ routeKey }), pathParameters: { name } };
    const { statusCode, body } = await requests[routeKey](event);
    assert.equal(statusCode, 200);
    assert.match((JSON.parse(body ?? "") as Row).note ?? "", /cannot be read/);
  });
});

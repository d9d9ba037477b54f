import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { HttpsClient, type Answer } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { nodeCsr } from "../support/openssl-csr.ts";
import { OPENSSL_SKIP } from "../support/openssl.ts";

const PARALLEL = 50;

describe("races, over HTTPS", { skip: OPENSSL_SKIP }, () => {
  let service: LocalService;
  let client: HttpsClient;

  before(async () => {
    service = await startLocalService();
    client = new HttpsClient(service);
  });
  after(async () => {
    client.close();
    await service.stop();
  });

  /** As a node does: whoever is sent away from a busy service comes again, here without a pause. */
  const ask = async (csr: string, token: string): Promise<Answer> => {
    for (;;) {
      const answer = await client.post("/v1/certificates", { csr }, token);
      if (answer.json["code"] !== "rate_limited") return answer;
    }
  };
  const issued = (answers: readonly Answer[]): Answer[] =>
    answers.filter(({ status }) => status === 200 || status === 201);
  const codes = (answers: readonly Answer[]): unknown[] => [
    ...new Set(answers.filter(({ status }) => status >= 400).map(({ json }) => json["code"])),
  ];

  it("gives exactly 5 certificates for 50 nodes with 50 keys and a token for 5", async () => {
    const token = await client.newToken({ maxUses: 5 });
    const csrs = Array.from({ length: PARALLEL }, (_, index) => nodeCsr(`race-${index}.example`).csrPem);
    const answers = await Promise.all(csrs.map((csr) => ask(csr, token)));
    assert.equal(issued(answers).length, 5, JSON.stringify(answers.map(({ status }) => status)));
    assert.deepEqual(codes(answers), ["token_spent"]);
    const { json } = await client.admin("GET", `/v1/admin/tokens/${token.slice(0, 6)}`);
    assert.deepEqual([json["uses"], json["state"]], [5, "Spent"]);
    // The names of the others are not blocked by what they could not have.
    const free = answers.findIndex(({ status }) => status === 409);
    const later = await client.post("/v1/certificates", { csr: csrs[free] ?? "" }, await client.newToken());
    assert.equal(later.status, 201, later.text);
  });

  it("gives one serial number and counts one use for 50 parallel retries of one request", async () => {
    const token = await client.newToken({ maxUses: 3 });
    const { csrPem } = nodeCsr("retry.example");
    const answers = await Promise.all(Array.from({ length: PARALLEL }, () => ask(csrPem, token)));
    assert.deepEqual(codes(answers), []);
    assert.equal(new Set(answers.map(({ json }) => json["certificate"])).size, 1);
    const { json } = await client.admin("GET", `/v1/admin/tokens/${token.slice(0, 6)}`);
    assert.equal(json["uses"], 1);
  });

  it("lets one of two keys that race for a name have it", async () => {
    // By two tokens: with one, whoever comes after the other was answered may take the name, as one who lost the answer.
    const tokens = [await client.newToken({ maxUses: 10 }), await client.newToken({ maxUses: 10 })];
    for (let round = 0; round < 5; round++) {
      const csrs = [nodeCsr(`pair-${round}.example`).csrPem, nodeCsr(`pair-${round}.example`).csrPem];
      const answers = await Promise.all(csrs.map((csr, index) => ask(csr, tokens[index] ?? "")));
      assert.equal(issued(answers).length, 1, JSON.stringify(answers.map(({ text }) => text)));
      const { json } = await client.admin("GET", `/v1/admin/certificates?node=pair-${round}.example&state=Issued`);
      assert.equal(Array.isArray(json["items"]) && json["items"].length, 1);
    }
  });
});

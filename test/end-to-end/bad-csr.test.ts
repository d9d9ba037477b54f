import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { BAD_CSRS } from "../support/bad-csrs.ts";
import { HttpsClient } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { opensslCsr } from "../support/openssl-csr.ts";
import { OPENSSL_SKIP } from "../support/openssl.ts";

describe("a bad CSR, from outside", { skip: OPENSSL_SKIP }, () => {
  let service: LocalService;
  let client: HttpsClient;
  let token: string;
  let good: string;

  before(async () => {
    service = await startLocalService();
    client = new HttpsClient(service);
    token = await client.newToken({ nodeNames: ["n*.example", "N1.example".toLowerCase()], maxUses: 1 });
    good = opensslCsr().csrPem;
  });
  after(async () => {
    client.close();
    await service.stop();
  });

  for (const { why, csr, status, code, field, says } of BAD_CSRS) {
    it(`refuses a CSR with ${why} and leaves the token its use`, async () => {
      const csrPem = typeof csr === "function" ? csr(good) : opensslCsr(csr).csrPem;
      const answer = await client.post("/v1/certificates", { csr: csrPem }, token);
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.headers["content-type"], "application/problem+json");
      assert.equal(answer.json["code"], code, answer.text);
      assert.match(String(answer.json["detail"]), says);
      if (field !== undefined) assert.equal(answer.json["field"], field);
      if (status === 403) assert.ok(answer.json["rule"], "a denial names its rule");
      const { json } = await client.admin("GET", `/v1/admin/tokens/${token.slice(0, 6)}`);
      assert.equal(json["uses"], 0);
    });
  }

  it("still gives the token's one certificate afterwards", async () => {
    const answer = await client.post("/v1/certificates", { csr: good }, token);
    assert.equal(answer.status, 201, answer.text);
  });

  it("answers a spent token with 409, and the retry of the request that spent it with 200", async () => {
    const another = opensslCsr({ subject: "/O=system:nodes/CN=system:node:n2.example" }).csrPem;
    const spent = await client.post("/v1/certificates", { csr: another }, token);
    assert.equal(spent.status, 409);
    assert.equal(spent.json["code"], "token_spent");
    const again = await client.post("/v1/certificates", { csr: good }, token);
    assert.equal(again.status, 200);
  });
});

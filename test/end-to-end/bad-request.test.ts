import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { HttpsClient } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { opensslCsr } from "../support/openssl-csr.ts";
import { OPENSSL_SKIP } from "../support/openssl.ts";

describe("a bad request, from outside", { skip: OPENSSL_SKIP }, () => {
  let service: LocalService;
  let client: HttpsClient;
  let token: string;
  let good: string;

  before(async () => {
    service = await startLocalService();
    client = new HttpsClient(service);
    token = await client.newToken();
    good = opensslCsr().csrPem;
    assert.equal((await client.post("/v1/certificates", { csr: good }, token)).status, 201);
  });
  after(async () => {
    client.close();
    await service.stop();
  });

  it("refuses a name that a live node holds", async () => {
    const answer = await client.post("/v1/certificates", { csr: opensslCsr().csrPem }, await client.newToken());
    assert.equal(answer.status, 409);
    assert.equal(answer.json["code"], "node_name_taken");
    assert.match(String(answer.json["detail"]), /nodeseal node release n1\.example/);
  });

  it("answers unknown, wrong, expired and revoked tokens with one and the same 401", async () => {
    const live = await client.newToken();
    const revoked = await client.newToken();
    await client.admin("DELETE", `/v1/admin/tokens/${revoked.slice(0, 6)}`);
    const expired = await client.newToken({ ttlSeconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const tokens = [
      "zzzzzz.0123456789abcdef",
      `${live.slice(0, 7)}0000000000000000`,
      expired,
      revoked,
      "no token at all",
      "",
    ];
    const answers = await Promise.all(tokens.map((text) => client.post("/v1/certificates", { csr: good }, text)));
    for (const answer of answers) {
      assert.equal(answer.status, 401);
      assert.equal(answer.json["code"], "invalid_token");
    }
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1, "the bodies are the same to the byte");
  });

  it("tells a caller without a good token nothing about the CSR", async () => {
    const answer = await client.post("/v1/certificates", { csr: "nonsense" }, "zzzzzz.0123456789abcdef");
    assert.equal(answer.json["code"], "invalid_token");
  });

  it("refuses a source address outside the token's networks", async () => {
    const elsewhere = await client.newToken({ sourceCidrs: ["10.0.0.0/8", "2001:db8::/32"] });
    const answer = await client.post("/v1/certificates", { csr: good }, elsewhere);
    assert.deepEqual([answer.status, answer.json["code"], answer.json["field"]], [403, "outside_token", "sourceIp"]);
    assert.match(String(answer.json["detail"]), /10\.0\.0\.0\/8.*127\.0\.0\.1/);
  });

  it("answers paths and methods it does not know with a problem", async () => {
    for (const [method, path, ...expected] of [
      ["GET", "/nothing", 404, "not_found"],
      ["PUT", "/v1/certificates", 405, "method_not_allowed"],
      ["GET", "/v1/certificates/csr-x", 404, "not_found"],
    ] as const) {
      const answer = await client.send(
        method,
        path,
        path.includes("csr-x") ? { headers: { authorization: `Bearer ${token}` } } : {},
      );
      assert.deepEqual([answer.status, answer.json["code"]], expected, `${method} ${path}: ${answer.text}`);
    }
  });

  it("answers unsigned and wrongly signed admin requests as API Gateway does", async () => {
    const unsigned = await client.get("/v1/admin/tokens");
    assert.deepEqual([unsigned.status, unsigned.json], [403, { message: "Forbidden" }]);
    const bearer = await client.get("/v1/admin/tokens", token);
    assert.equal(bearer.status, 403);
  });
});

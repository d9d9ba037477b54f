import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { HttpsClient } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { nodeCsr, opensslCsr } from "../support/openssl-csr.ts";
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

  const JSON_TYPE = { "content-type": "application/json" };
  const bodies = [
    { why: "an empty body", headers: JSON_TYPE, body: "", status: 400, code: "malformed_request", says: /no body/ },
    {
      why: "a body that is not JSON",
      headers: JSON_TYPE,
      body: "{csr",
      status: 400,
      code: "malformed_request",
      says: /not JSON/,
    },
    {
      why: "a JSON array",
      headers: JSON_TYPE,
      body: "[]",
      status: 400,
      code: "malformed_request",
      says: /must be an object/,
    },
    {
      why: "JSON of great depth",
      headers: JSON_TYPE,
      body: "[".repeat(30_000),
      status: 400,
      code: "malformed_request",
      says: /./,
    },
    {
      why: "a missing csr",
      headers: JSON_TYPE,
      body: "{}",
      status: 400,
      code: "malformed_request",
      says: /"csr" is missing/,
    },
    {
      why: "a csr of another type",
      headers: JSON_TYPE,
      body: '{"csr": 7}',
      status: 400,
      code: "malformed_request",
      says: /"csr" must be a string, got 7/,
    },
    {
      why: "a member nobody knows",
      headers: JSON_TYPE,
      body: '{"csr": "x", "commonName": "y"}',
      status: 400,
      code: "malformed_request",
      says: /"commonName"/,
    },
    {
      why: "a huge body",
      headers: JSON_TYPE,
      body: JSON.stringify({ csr: "x".repeat(200_000) }),
      status: 413,
      code: "too_large",
      says: /65536/,
    },
    {
      why: "a huge CSR",
      headers: JSON_TYPE,
      body: JSON.stringify({ csr: "x".repeat(20_000) }),
      status: 413,
      code: "too_large",
      says: /20000 characters/,
    },
    {
      why: "another content type",
      headers: { "content-type": "text/plain" },
      body: "x",
      status: 415,
      code: "unsupported_media_type",
      says: /"text\/plain".*application\/json/,
    },
    {
      why: "no content type",
      headers: {},
      body: "x",
      status: 415,
      code: "unsupported_media_type",
      says: /application\/json/,
    },
    {
      why: "a lifetime under 600 s",
      headers: JSON_TYPE,
      body: '{"csr": "x", "expirationSeconds": 599}',
      status: 400,
      code: "malformed_request",
      says: /"expirationSeconds" must be at least 600, got 599/,
    },
    {
      why: "a negative lifetime",
      headers: JSON_TYPE,
      body: '{"csr": "x", "expirationSeconds": -1}',
      status: 400,
      code: "malformed_request",
      says: /at least 600/,
    },
    {
      why: "a fractional lifetime",
      headers: JSON_TYPE,
      body: '{"csr": "x", "expirationSeconds": 3600.5}',
      status: 400,
      code: "malformed_request",
      says: /whole number/,
    },
    {
      why: "a lifetime beyond int32",
      headers: JSON_TYPE,
      body: '{"csr": "x", "expirationSeconds": 99999999999}',
      status: 400,
      code: "malformed_request",
      says: /at most/,
    },
    {
      why: "an unknown usage",
      headers: JSON_TYPE,
      body: '{"csr": "x", "usages": ["fly"]}',
      status: 400,
      code: "malformed_request",
      says: /client auth/,
    },
    {
      why: "a usage twice",
      headers: JSON_TYPE,
      body: '{"csr": "x", "usages": ["client auth", "client auth"]}',
      status: 400,
      code: "malformed_request",
      says: /twice/,
    },
  ];
  for (const { why, headers, body, status, code, says } of bodies) {
    it(`refuses ${why}`, async () => {
      const authorization = `Bearer ${await client.newToken()}`;
      const answer = await client.send("POST", "/v1/certificates", { headers: { ...headers, authorization }, body });
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.json["code"], code);
      assert.match(String(answer.json["detail"]), says);
    });
  }

  const parameters = [
    {
      why: "usages the signer does not allow",
      members: { usages: ["digital signature", "client auth", "server auth"] },
      status: 403,
      code: "denied_by_policy",
      field: "usages",
    },
    {
      why: "usages that lack a needed one",
      members: { usages: ["digital signature"] },
      status: 403,
      code: "denied_by_policy",
      field: "usages",
    },
    {
      why: "a signer name nobody has a rule for",
      members: { signerName: "kubernetes.io/kubelet-serving" },
      status: 403,
      code: "denied_by_policy",
      field: "signerName",
    },
    {
      why: "a signer name that does not exist",
      members: { signerName: "example.com/none" },
      status: 403,
      code: "denied_by_policy",
      field: "signerName",
    },
  ];
  for (const { why, members, status, code, field } of parameters) {
    it(`denies ${why}`, async () => {
      const answer = await client.post("/v1/certificates", { csr: good, ...members }, await client.newToken());
      assert.deepEqual([answer.status, answer.json["code"], answer.json["field"]], [status, code, field], answer.text);
    });
  }

  it("clamps a lifetime beyond policy to the policy, as Kubernetes does", async () => {
    const csr = nodeCsr("n3.example").csrPem;
    const { json, status } = await client.post(
      "/v1/certificates",
      { csr, expirationSeconds: 2 ** 31 - 1 },
      await client.newToken(),
    );
    assert.equal(status, 201);
    const seconds = (Date.parse(String(json["notAfter"])) - Date.parse(String(json["notBefore"]))) / 1000;
    assert.equal(seconds, 30 * 24 * 3600);
  });

  it("refuses a source address outside the token's networks", async () => {
    const elsewhere = await client.newToken({ sourceCidrs: ["10.0.0.0/8", "2001:db8::/32"] });
    const answer = await client.post("/v1/certificates", { csr: good }, elsewhere);
    assert.deepEqual([answer.status, answer.json["code"], answer.json["field"]], [403, "outside_token", "sourceIp"]);
    assert.match(String(answer.json["detail"]), /10\.0\.0\.0\/8.*127\.0\.0\.1/);
  });

  it("answers paths and methods it does not know with a problem", async () => {
    for (const [method, path] of [
      ["GET", "/nothing"],
      ["PUT", "/v1/certificates"],
      ["GET", "/v1/certificates/csr-x"],
    ] as const) {
      const answer = await client.send(
        method,
        path,
        path.includes("csr-x") ? { headers: { authorization: `Bearer ${token}` } } : {},
      );
      assert.deepEqual([answer.status, answer.json["code"]], [404, "not_found"], `${method} ${path}: ${answer.text}`);
    }
  });

  it("answers unsigned and wrongly signed admin requests as API Gateway does", async () => {
    const unsigned = await client.get("/v1/admin/tokens");
    assert.deepEqual([unsigned.status, unsigned.json], [403, { message: "Forbidden" }]);
    const bearer = await client.get("/v1/admin/tokens", token);
    assert.equal(bearer.status, 403);
  });
});

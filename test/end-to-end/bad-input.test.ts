import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodePem } from "../../core/pem.ts";
import { buildCsr, subjectOf } from "../support/certificate-requests.ts";
import { HttpsClient } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { opensslCsr, P256, type OpensslCsrPlan } from "../support/openssl-csr.ts";
import { OPENSSL_SKIP } from "../support/openssl.ts";

const NODE = "/O=system:nodes/CN=system:node:n1.example";

interface CsrRow {
  readonly why: string;
  readonly csr: OpensslCsrPlan | ((good: string) => string);
  readonly status: number;
  readonly code: string;
  readonly field?: string;
  /** What the message must say was got, or is allowed. */
  readonly says: RegExp;
}

const CSRS: readonly CsrRow[] = [
  {
    why: "text that is no PEM",
    csr: () => "not a CSR",
    status: 400,
    code: "bad_csr",
    says: /must start with "-----BEGIN CERTIFICATE REQUEST-----"/,
  },
  {
    why: "a certificate's PEM",
    csr: (good) => good.replaceAll("CERTIFICATE REQUEST", "CERTIFICATE"),
    status: 400,
    code: "bad_csr",
    says: /got "-----BEGIN CERTIFICATE-----"/,
  },
  { why: "two PEM blocks", csr: (good) => good + good, status: 400, code: "bad_csr", says: /exactly one PEM block/ },
  {
    why: "PEM headers",
    csr: (good) => good.replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n"),
    status: 400,
    code: "bad_csr",
    says: /headers/,
  },
  {
    why: "truncated DER",
    csr: (good) => rearmoured(good, (der) => der.subarray(0, -9)),
    status: 400,
    code: "bad_csr",
    says: /cut off/,
  },
  {
    why: "bytes after the CSR",
    csr: (good) => rearmoured(good, (der) => Buffer.concat([der, Buffer.from([0, 0])])),
    status: 400,
    code: "bad_csr",
    says: /2 bytes follow/,
  },
  {
    why: "an indefinite length (BER)",
    csr: (good) =>
      rearmoured(good, (der) =>
        Buffer.concat([Buffer.from([0x30, 0x80]), der.subarray(der[1] === 0x81 ? 3 : 4), Buffer.from([0, 0])]),
      ),
    status: 400,
    code: "bad_csr",
    says: /BER/,
  },
  {
    why: "a broken signature",
    csr: (good) => rearmoured(good, (der) => flippedAt(der, der.length - 20)),
    status: 400,
    code: "bad_csr",
    says: /does not verify/,
  },
  { why: "a SHA-1 signature", csr: { options: ["-sha1"] }, status: 400, code: "bad_csr", says: /ecdsa-with-SHA256/ },
  {
    why: "RSA-1024",
    csr: { key: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"] },
    status: 400,
    code: "weak_key",
    says: /1024 bits.*2048/,
  },
  {
    why: "RSA with exponent 3",
    csr: { key: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3"] },
    status: 400,
    code: "weak_key",
    says: /65537/,
  },
  {
    why: "a curve that is not allowed",
    csr: { key: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"] },
    status: 400,
    code: "weak_key",
    says: /another curve.*P-256/,
  },
  {
    why: "P-521",
    csr: { key: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"] },
    status: 400,
    code: "weak_key",
    says: /P-256 and P-384/,
  },
  {
    why: "explicit curve parameters",
    csr: { key: [...P256, "-pkeyopt", "ec_param_enc:explicit"] },
    status: 400,
    code: "weak_key",
    says: /explicit/,
  },
  { why: "Ed25519", csr: { key: ["-algorithm", "ED25519"] }, status: 400, code: "weak_key", says: /1\.3\.101\.112/ },
  {
    why: "two common names",
    csr: { subject: `${NODE}/CN=system:node:n2.example` },
    status: 400,
    code: "bad_csr",
    says: /more than one common name/,
  },
  {
    why: "a control character in a name",
    csr: { subject: "/O=system:nodes/CN=system:node:n\u0001.example", options: ["-utf8"] },
    status: 400,
    code: "bad_csr",
    says: /control or invisible/,
  },
  {
    why: "O=system:masters",
    csr: { subject: "/O=system:masters/CN=system:node:n1.example" },
    status: 403,
    code: "denied_by_policy",
    field: "subject.organization",
    says: /"system:nodes", got "system:masters"/,
  },
  {
    why: "a second O",
    csr: { subject: `/O=system:masters${NODE}` },
    status: 403,
    code: "denied_by_policy",
    field: "subject.organization",
    says: /exactly "system:nodes"/,
  },
  {
    why: "an OU",
    csr: { subject: `${NODE}/OU=x` },
    status: 403,
    code: "denied_by_policy",
    field: "subject",
    says: /OU=x/,
  },
  {
    why: "a DNS SAN",
    csr: { extensions: ["subjectAltName=DNS:n1.example"] },
    status: 403,
    code: "denied_by_policy",
    field: "subjectAltName",
    says: /does not allow/,
  },
  {
    why: "an IP SAN",
    csr: { extensions: ["subjectAltName=IP:10.0.0.1"] },
    status: 403,
    code: "denied_by_policy",
    field: "subjectAltName",
    says: /does not allow/,
  },
  {
    why: "CA:TRUE",
    csr: { extensions: ["basicConstraints=critical,CA:TRUE"] },
    status: 403,
    code: "denied_by_policy",
    field: "basicConstraints",
    says: /CA:TRUE/,
  },
  {
    why: "a key usage nobody asked for",
    csr: { extensions: ["keyUsage=keyCertSign"] },
    status: 403,
    code: "denied_by_policy",
    field: "keyUsage",
    says: /keyCertSign.*digitalSignature/,
  },
  {
    why: "an extended key usage nobody asked for",
    csr: { extensions: ["extendedKeyUsage=serverAuth"] },
    status: 403,
    code: "denied_by_policy",
    field: "extendedKeyUsage",
    says: /1\.3\.6\.1\.5\.5\.7\.3\.1/,
  },
  {
    why: "another common name prefix",
    csr: { subject: "/O=system:nodes/CN=admin" },
    status: 403,
    code: "denied_by_policy",
    field: "subject.commonName",
    says: /must begin with "system:node:"/,
  },
  {
    why: "a node name of 53 characters",
    csr: () =>
      encodePem(
        "CERTIFICATE REQUEST",
        buildCsr({ subject: subjectOf(["system:nodes"], `system:node:${"n".repeat(53)}`) }),
      ),
    status: 400,
    code: "bad_csr",
    says: /64 characters/,
  },
  {
    why: "an upper-case node name",
    csr: { subject: "/O=system:nodes/CN=system:node:N1.example" },
    status: 403,
    code: "denied_by_policy",
    field: "subject.commonName",
    says: /lower-case RFC 1123/,
  },
  {
    why: "a homoglyph",
    csr: { subject: "/O=system:nodes/CN=system:node:nоde.example", options: ["-utf8"] },
    status: 403,
    code: "denied_by_policy",
    field: "subject.commonName",
    says: /lower-case RFC 1123/,
  },
  {
    why: "a node name outside the token's",
    csr: { subject: "/O=system:nodes/CN=system:node:db-1" },
    status: 403,
    code: "outside_token",
    field: "subject.commonName",
    says: /n\*\.example.*"db-1"/,
  },
];

function rearmoured(csrPem: string, change: (der: Buffer) => Uint8Array): string {
  const der = Buffer.from(csrPem.replace(/-----[^-]+-----/g, ""), "base64");
  const base64 = Buffer.from(change(der))
    .toString("base64")
    .replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE REQUEST-----\n${base64}-----END CERTIFICATE REQUEST-----\n`;
}

function flippedAt(der: Buffer, index: number): Buffer {
  const flipped = Buffer.from(der);
  flipped[index] = (flipped[index] ?? 0) ^ 0x01;
  return flipped;
}

describe("bad input, from outside", { skip: OPENSSL_SKIP }, () => {
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

  for (const { why, csr, status, code, field, says } of CSRS) {
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
    const csr = opensslCsr({ subject: "/O=system:nodes/CN=system:node:n3.example" }).csrPem;
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

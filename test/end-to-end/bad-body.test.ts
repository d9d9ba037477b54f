import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { HttpsClient } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { nodeCsr } from "../support/openssl-csr.ts";
import { OPENSSL_SKIP } from "../support/openssl.ts";

interface BadBody {
  readonly why: string;
  readonly body: string;
  readonly says: RegExp;
  /** @default - that of JSON */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default - 400 and malformed_request */
  readonly refusal?: readonly [status: number, code: string];
}

const TOO_LARGE = [413, "too_large"] as const;
const UNSUPPORTED = [415, "unsupported_media_type"] as const;

const BAD_BODIES: readonly BadBody[] = [
  { why: "an empty body", body: "", says: /no body/ },
  { why: "a body that is not JSON", body: "{csr", says: /not JSON/ },
  { why: "a JSON array", body: "[]", says: /must be an object/ },
  { why: "JSON of great depth", body: "[".repeat(30_000), says: /./ },
  { why: "a missing csr", body: "{}", says: /"csr" is missing/ },
  { why: "a csr of another type", body: '{"csr": 7}', says: /"csr" must be a string, got 7/ },
  { why: "a member nobody knows", body: '{"csr": "x", "commonName": "y"}', says: /"commonName"/ },
  { why: "a huge body", body: JSON.stringify({ csr: "x".repeat(200_000) }), says: /65536/, refusal: TOO_LARGE },
  {
    why: "a huge CSR",
    body: JSON.stringify({ csr: "x".repeat(20_000) }),
    says: /20000 characters/,
    refusal: TOO_LARGE,
  },
  {
    why: "another content type",
    headers: { "content-type": "text/plain" },
    body: "x",
    says: /"text\/plain".*application\/json/,
    refusal: UNSUPPORTED,
  },
  { why: "no content type", headers: {}, body: "x", says: /application\/json/, refusal: UNSUPPORTED },
  {
    why: "a lifetime under 600 s",
    body: '{"csr": "x", "expirationSeconds": 599}',
    says: /"expirationSeconds" must be at least 600, got 599/,
  },
  { why: "a negative lifetime", body: '{"csr": "x", "expirationSeconds": -1}', says: /at least 600/ },
  { why: "a fractional lifetime", body: '{"csr": "x", "expirationSeconds": 3600.5}', says: /whole number/ },
  { why: "a lifetime beyond int32", body: '{"csr": "x", "expirationSeconds": 99999999999}', says: /at most/ },
  { why: "an unknown usage", body: '{"csr": "x", "usages": ["fly"]}', says: /client auth/ },
  { why: "a usage twice", body: '{"csr": "x", "usages": ["client auth", "client auth"]}', says: /twice/ },
];

const DENIED = [
  {
    why: "usages the signer does not allow",
    members: { usages: ["digital signature", "client auth", "server auth"] },
    field: "usages",
  },
  { why: "usages that lack a needed one", members: { usages: ["digital signature"] }, field: "usages" },
  {
    why: "a signer name nobody has a rule for",
    members: { signerName: "kubernetes.io/kubelet-serving" },
    field: "signerName",
  },
  { why: "a signer name that does not exist", members: { signerName: "example.com/none" }, field: "signerName" },
];

describe("what is posted for a certificate, from outside", { skip: OPENSSL_SKIP }, () => {
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

  for (const { why, headers, body, refusal, says } of BAD_BODIES) {
    it(`is refused: ${why}`, async () => {
      const authorization = `Bearer ${await client.newToken()}`;
      const sent = { ...(headers ?? { "content-type": "application/json" }), authorization };
      const answer = await client.send("POST", "/v1/certificates", { headers: sent, body });
      const [status, code] = refusal ?? [400, "malformed_request"];
      assert.deepEqual([answer.status, answer.json["code"]], [status, code], answer.text);
      assert.match(String(answer.json["detail"]), says);
    });
  }

  for (const { why, members, field } of DENIED) {
    it(`is denied: ${why}`, async () => {
      const csr = nodeCsr("n1.example").csrPem;
      const answer = await client.post("/v1/certificates", { csr, ...members }, await client.newToken());
      const { code, field: named } = answer.json;
      assert.deepEqual([answer.status, code, named], [403, "denied_by_policy", field], answer.text);
    });
  }

  it("is clamped to the policy where it asks for a longer life, as Kubernetes does", async () => {
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
});

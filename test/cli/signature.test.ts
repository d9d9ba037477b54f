import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import {
  ACCESS_KEY,
  REGION,
  startAdminServer,
  type AdminServer,
  type ReceivedRequest,
} from "./support/admin-server.ts";
import { requestItem, tokenItem } from "./support/canned-items.ts";
import { environmentOf, runCli } from "./support/cli.ts";

type Octets = string | ArrayBuffer | ArrayBufferView;

class Sha256 {
  readonly #digest;
  constructor(secret?: Octets) {
    this.#digest = secret === undefined ? createHash("sha256") : createHmac("sha256", octets(secret));
  }
  update(data: Octets): void {
    this.#digest.update(octets(data));
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#digest.digest());
  }
}

function octets(data: Octets): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

/** What AWS' own signer makes of a request as it came over the wire. */
async function recomputed({ method, path, query, headers, body }: ReceivedRequest, region = REGION): Promise<string> {
  const signer = new SignatureV4({ service: "execute-api", region, credentials: ACCESS_KEY, sha256: Sha256 });
  const date = String(headers["x-amz-date"]).replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5");
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? "")?.[1]?.split(";") ?? [];
  const signedHeaders = Object.fromEntries(names.map((name) => [name, String(headers[name])]));
  const request = new HttpRequest({
    method,
    protocol: "https:",
    path,
    query: { ...query },
    headers: signedHeaders,
    body,
  });
  const { headers: recomputedHeaders } = await signer.sign(request, { signingDate: new Date(date) });
  return recomputedHeaders["authorization"] ?? "";
}

describe("requests of the admin API", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const REQUESTS: readonly { readonly why: string; readonly args: readonly string[]; readonly body?: unknown }[] = [
    { why: "that read", args: ["token", "show", "abcdef"], body: tokenItem() },
    {
      why: "with a query",
      args: ["cert", "list", "--node", "worker-1", "--expires-before", "30d"],
      body: { items: [] },
    },
    { why: "with a body", args: ["csr", "approve", "csr-1", "--message", "geprüft: ja"], body: requestItem() },
    { why: "without a body", args: ["node", "release", "worker-1"], body: {} },
    { why: "that delete", args: ["token", "revoke", "abcdef"] },
  ];
  for (const { why, args, body } of REQUESTS) {
    it(`${why} carry the signature that AWS' signer and our verifier want`, async () => {
      server.respond(() => ({ body }));
      const { status, stderr } = await runCli(args, environmentOf(server));
      assert.deepEqual([status, stderr], [0, ""]);
      const [request] = server.requests;
      assert.ok(request?.isSigned);
      assert.equal(request.headers.authorization, await recomputed(request));
      assert.equal(request.headers["x-amz-content-sha256"], createHash("sha256").update(request.body).digest("hex"));
      assert.match(request.headers["user-agent"] ?? "", /^nodeseal\/\d+\.\d+\.\d+ \(\w+\/\w+\)$/);
    });
  }

  it("carry the session token, signed", async () => {
    server.respond(() => ({ body: tokenItem() }));
    await runCli(["token", "show", "abcdef"], { ...environmentOf(server), AWS_SESSION_TOKEN: "FQoGZXIvYXdzEBYaDH" });
    const [request] = server.requests;
    assert.ok(request?.isSigned);
    assert.equal(request.headers["x-amz-security-token"], "FQoGZXIvYXdzEBYaDH");
    assert.match(request.headers.authorization ?? "", /SignedHeaders=[^,]*x-amz-security-token/);
  });

  it("take the credentials of a profile", async () => {
    const file = join(server.directory, "credentials");
    const { accessKeyId, secretAccessKey } = ACCESS_KEY;
    writeFileSync(file, `[ops]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`);
    server.respond(() => ({ body: tokenItem() }));
    const { PATH = "", HOME = "", NODESEAL_URL = "", NODESEAL_CA_FILE = "" } = environmentOf(server);
    const profile = { AWS_PROFILE: "ops", AWS_REGION: REGION, AWS_SHARED_CREDENTIALS_FILE: file };
    const environment = { PATH, HOME, NODESEAL_URL, NODESEAL_CA_FILE, ...profile };
    const { status } = await runCli(["token", "show", "abcdef"], environment);
    assert.equal(status, 0);
    assert.ok(server.requests[0]?.isSigned);
  });

  it("take the keys of the environment before a profile, so that a sourced env file is enough", async () => {
    server.respond(() => ({ body: tokenItem() }));
    const result = await runCli(["token", "show", "abcdef"], { ...environmentOf(server), AWS_PROFILE: "someone-else" });
    assert.deepEqual([result.status, result.stderr], [0, ""]);
    assert.ok(server.requests[0]?.isSigned);
  });

  it("go below the path of a stage", async () => {
    server.respond(() => ({ body: tokenItem() }));
    const result = await runCli(["token", "show", "abcdef", "--url", `${server.url}/prod/`], environmentOf(server));
    assert.equal(result.status, 0);
    const [request] = server.requests;
    assert.equal(request?.target, "/prod/v1/admin/tokens/abcdef");
    assert.equal(request.headers.authorization, await recomputed(request));
  });
});

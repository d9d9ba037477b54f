import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { caCertHashOf } from "../../agent/certificate/trust-bundle.ts";
import { trustServer } from "../../agent/service/server-trust.ts";
import { runAgent } from "../agent/support/agent-run.ts";
import { SCRIPT } from "../agent/support/shell-machine.ts";
import { HttpsClient } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { OPENSSL_SKIP } from "../support/openssl.ts";

describe("an agent's first contact, by the pin of a CA of the trust bundle", { skip: OPENSSL_SKIP }, () => {
  let service: LocalService;
  let client: HttpsClient;
  const home = mkdtempSync(join(tmpdir(), "nodeseal-contact-"));

  before(async () => {
    service = await startLocalService();
    client = new HttpsClient(service);
  });
  after(async () => {
    client.close();
    await service.stop();
    rmSync(home, { recursive: true });
  });

  async function joining(name: string, change: (token: string) => string = (token) => token): Promise<string[]> {
    const tokenFile = join(home, `${name}.token`);
    writeFileSync(tokenFile, change(await client.newToken({ nodeNames: [`${name}.example`], maxUses: 1 })));
    // The server's own CA is another one: the pin is found in the trust bundle.
    const bundle = readFileSync(service.environment["NODESEAL_TRUST_BUNDLE"] ?? "", "utf8");
    const pin = caCertHashOf(new X509Certificate(bundle.slice(bundle.lastIndexOf("-----BEGIN"))));
    const caFile = service.environment["NODESEAL_CA_FILE"] ?? "";
    const target = ["--url", service.url, "--ca-file", caFile, "--ca-cert-hash", pin, "--dir", join(home, name)];
    return ["join", ...target, "--node", `${name}.example`, "--token-file", tokenFile];
  }

  const script = (...argv: string[]): { status: number | null; stderr: string; stdout: string } =>
    spawnSync("sh", [SCRIPT, ...argv], { encoding: "utf8", env: { PATH: process.env["PATH"] } });

  it("lets nodeseal-join.sh join, renew and hear of the next renewal", async () => {
    const joined = script(...(await joining("shell")));
    assert.deepEqual([joined.status, joined.stderr], [0, ""]);
    const early = script("renew", "--dir", join(home, "shell"));
    assert.match(early.stdout, /^nothing to do, the renewal is not due yet/);
    const renewed = script("renew", "--force", "--dir", join(home, "shell"));
    assert.deepEqual([renewed.status, renewed.stderr], [0, ""]);
    assert.match(renewed.stdout, /^renewed system:node:shell\.example$/m);
    // Either agent goes on where the other stopped.
    const { exitStatus, stdout } = await runAgent(["status", "-o", "json", "--dir", join(home, "shell")], {});
    assert.equal(exitStatus, 0);
    assert.partialDeepStrictEqual(JSON.parse(stdout), { isConfirmed: true, state: "valid" });
    const asked = await client.admin("POST", "/v1/admin/nodes/shell.example/renewal", { withinSeconds: 0 });
    assert.equal(asked.status, 200);
    const told = script("renew", "--dir", join(home, "shell"));
    assert.match(told.stdout, /^renewed system:node:shell\.example$/m, "an operator's word reaches it too");
  });

  it("lets nodeseal-agent join", async () => {
    const { exitStatus, stderr } = await runAgent(await joining("agent"), { trustServer });
    assert.deepEqual([exitStatus, stderr], [0, ""]);
  });

  it("ends both with a wrong token before it is sent", async () => {
    const wrong = (token: string): string => `${token.slice(0, 7)}wrongwrongwrong1`;
    const says = /it does not know the token's secret; the token was not sent/;
    assert.match(script(...(await joining("shell-2", wrong))).stderr, says);
    assert.match((await runAgent(await joining("agent-2", wrong), { trustServer })).stderr, says);
    assert.doesNotMatch(service.output(), /"invalid_token"/);
  });

  it("answers nobody about tokens it does not know, and tells its own clock", async () => {
    const { status, json, headers } = await client.get(`/v1/discovery/zzzzzz?nonce=${"n".repeat(22)}`);
    assert.deepEqual([status, json["code"]], [401, "invalid_token"]);
    assert.deepEqual([headers["nodeseal-code"], headers["nodeseal-next"]], ["invalid_token", "join"]);
    assert.ok(Math.abs(Number(headers["nodeseal-time"]) - Date.now() / 1000) < 30);
  });
});

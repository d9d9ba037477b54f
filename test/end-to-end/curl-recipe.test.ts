import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run } from "../support/command.ts";
import { PROJECT, startLocalService, type LocalService } from "../support/local-service.ts";
import { openssl, OPENSSL_SKIP } from "../support/openssl.ts";

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const skip =
  OPENSSL_SKIP !== false
    ? OPENSSL_SKIP
    : hasCurl || process.env["CI"] !== undefined
      ? false
      : "curl is not on this machine";

describe("docs/curl.md", { skip }, () => {
  let service: LocalService;
  before(async () => {
    service = await startLocalService();
  });
  after(async () => {
    await service.stop();
  });

  it("does the whole job as it stands: token, certificate, renewal", async () => {
    const page = readFileSync(join(PROJECT, "docs/curl.md"), "utf8");
    const blocks = Array.from(page.matchAll(/^```sh\n([\s\S]*?)^```$/gm), ([, block = ""]) => block);
    assert.ok(blocks.length >= 5, "the page has its commands");
    const cwd = mkdtempSync(join(service.dataDirectory, "curl-"));
    const environment = { NODESEAL_ENV: join(service.dataDirectory, "env") };
    const { status, stdout, stderr } = await run("sh", ["-eu", "-c", blocks.join("\n")], { cwd, environment });
    assert.equal(status, 0, `${stdout}\n${stderr}`);
    assert.equal(stdout.match(/web-1\.crt: OK/g)?.length, 2, stdout);
    const certificate = join(cwd, "web-1.crt");
    assert.match(openssl(["x509", "-noout", "-subject", "-in", certificate]).toString(), /CN = system:node:web-1/);
    // The key on disk is the renewed certificate's.
    const fromKey = openssl(["pkey", "-in", join(cwd, "web-1.key"), "-pubout"]).toString();
    assert.equal(openssl(["x509", "-noout", "-pubkey", "-in", certificate]).toString(), fromKey);
  });
});

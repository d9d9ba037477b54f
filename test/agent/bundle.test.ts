import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { build } from "esbuild";
import { caCertHashOf } from "../../agent/certificate/trust-bundle.ts";
import { temporaryDirectory, writeToken } from "./support/agent-run.ts";
import { serveHttps } from "./support/https-front.ts";
import { testAuthority } from "./support/test-authority.ts";
import { TestService } from "./support/test-service.ts";

const run = promisify(execFile);
const MOST_IDLE_KIBIBYTES = 70 * 1024;
const MOST_BUNDLE_KIBIBYTES = 520;

describe("the agent as one file", () => {
  let bundle = "";

  before(async () => {
    // As agent/README.md has it.
    const { outputFiles } = await build({
      entryPoints: ["agent/main.ts"],
      bundle: true,
      platform: "node",
      target: "node24",
      format: "cjs",
      write: false,
      banner: { js: "#!/usr/bin/env node" },
    });
    bundle = outputFiles[0]?.text ?? "";
  });

  async function installed(t: TestContext) {
    const [service, home, authority] = [
      await TestService.start(),
      temporaryDirectory(t),
      await testAuthority("CN=Server CA"),
    ];
    const url = await serveHttps(t, service, authority);
    const agent = join(home, "nodeseal-agent.cjs");
    writeFileSync(agent, bundle);
    const directory = join(home, "pki");
    const withoutToken = ["join", "--url", url.href, "--node", "n1", "--dir", directory];
    withoutToken.push("--ca-cert-hash", caCertHashOf(authority.certificate));
    const joining = [...withoutToken, "--token-file", writeToken(home, service)];
    return { service, agent, home, directory, withoutToken, joining };
  }

  it(`is no larger than ${MOST_BUNDLE_KIBIBYTES} KiB`, () => {
    const kibibytes = Buffer.byteLength(bundle) / 1024;
    assert.ok(kibibytes <= MOST_BUNDLE_KIBIBYTES, `${kibibytes.toFixed(1)} KiB`);
  });

  it("joins and renews where there is no node_modules", async (t) => {
    const { service, agent, home, directory, joining } = await installed(t);
    const joined = await run(process.execPath, [agent, ...joining], { cwd: home });
    assert.match(joined.stdout, /^joined as system:node:n1$/m);
    const renewed = await run(process.execPath, [agent, "renew", "--force", "--dir", directory], { cwd: home });
    assert.match(renewed.stdout, /^renewed system:node:n1$/m);
    assert.equal(service.issuances.size, 2);
  });

  it("takes the token from stdin, and shows no token in the list of processes", async (t) => {
    const { service, agent, withoutToken } = await installed(t);
    service.approves = false;
    const [id = "", secret = ""] = service.token.split(".");
    for (const flags of [
      ["--token-file", "-"],
      ["--token", service.token],
    ]) {
      const argv = [agent, ...withoutToken, ...flags];
      const child = spawn(process.execPath, argv, { stdio: ["pipe", "ignore", "pipe"] });
      t.after(() => child.kill("SIGKILL"));
      child.stdin.end(flags[1] === "-" ? `${service.token}\n` : "");
      // It has something to say once it waits for approval.
      await once(child.stderr, "data");
      if (process.platform === "linux") {
        const shown = readFileSync(`/proc/${String(child.pid)}/cmdline`, "utf8");
        assert.equal(shown.includes(secret) || shown.includes(id), false, shown);
      }
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  });

  it("stays under 70 MB, and stops cleanly", async (t) => {
    if (process.platform !== "linux") return t.skip("memory is read from /proc");
    const { agent, directory, joining } = await installed(t);
    await run(process.execPath, [agent, ...joining]);
    // A renewal that was begun, so that it does everything once.
    await run("openssl", [
      "ecparam",
      "-name",
      "prime256v1",
      "-genkey",
      "-noout",
      "-out",
      join(directory, "kubelet-client.key.tmp"),
    ]);
    const child = spawn(process.execPath, [agent, "run", "--dir", directory], { stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => child.kill("SIGKILL"));
    let log = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      log += String(chunk);
      if (!/event=renewed[^]*event=confirmed/.test(log) || child.killed) continue;
      const kibibytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(child.pid)}/status`, "utf8"))?.[1]);
      assert.ok(kibibytes < MOST_IDLE_KIBIBYTES, `${kibibytes} KiB`);
      child.kill("SIGTERM");
    }
    if (child.exitCode === null) await once(child, "exit");
    assert.equal(child.exitCode, 0, log);
    assert.match(log, /event=stopped/);
  });

  it("goes on when nobody reads what it says any more", async (t) => {
    const { agent, directory, joining } = await installed(t);
    await run("/bin/sh", ["-c", '"$0" "$@" | true', process.execPath, agent, ...joining]);
    const { stdout } = await run(process.execPath, [agent, "status", "--dir", directory]);
    assert.match(stdout, /system:node:n1: valid/);
  });
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { runAgent, temporaryDirectory } from "./support/agent-run.ts";

const UNITS = join(import.meta.dirname, "..", "..", "agent", "systemd");
/** systemd-analyze's exposure, of 10; unhardened services have 9.6. */
const MOST_EXPOSURE = 2.5;

/** The units, with a program that exists here in place of the agent. Undefined where there is no systemd. */
function installedUnits(t: TestContext): string[] | undefined {
  const { status } = spawnSync("systemd-analyze", ["--version"]);
  if (status !== 0 && process.env["CI"] === undefined) return undefined;
  const directory = temporaryDirectory(t);
  return readdirSync(UNITS).map((name) => {
    const path = join(directory, name);
    writeFileSync(
      path,
      readFileSync(join(UNITS, name), "utf8").replaceAll("/usr/local/bin/nodeseal-agent", "/bin/true"),
    );
    return path;
  });
}

/** As a whole: it gets as far as looking for its service. */
async function understood(argv: readonly string[]): Promise<void> {
  const { exitStatus, stderr } = await runAgent([...argv, "--once", "--joined", "/nonexistent"], {});
  assert.deepEqual([exitStatus, stderr.includes("give the service's address")], [1, true], stderr);
}

describe("the systemd units", () => {
  it("are accepted by systemd-analyze without a word", (t) => {
    const units = installedUnits(t);
    if (units === undefined) return t.skip("systemd-analyze is not here");
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...units], {
      encoding: "utf8",
    });
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
  });

  it("leave little to exploit", (t) => {
    const units = installedUnits(t)?.filter((unit) => unit.endsWith(".service"));
    if (units === undefined) return t.skip("systemd-analyze is not here");
    for (const unit of units) {
      const { stdout, stderr } = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", unit], {
        encoding: "utf8",
      });
      const exposure = Number(/Overall exposure level for \S+: (\d+\.\d+)/.exec(stdout)?.[1]);
      assert.ok(exposure <= MOST_EXPOSURE, `${unit}: ${exposure} ${stderr}`);
    }
  });

  it("write trust files only where they may, by options that the agent knows", async () => {
    const text = readFileSync(join(UNITS, "nodeseal-agent-trust@.service"), "utf8");
    const [, command = ""] = /^ExecStart=\/usr\/local\/bin\/nodeseal-agent (trust .*)$/m.exec(text) ?? [];
    const argv = command.replaceAll("%i", "nginx").match(/'[^']*'|\S+/g) ?? [];
    const files = argv.filter((word) => word.startsWith("/"));
    assert.deepEqual(files, ["/var/lib/nodeseal/trust/nginx/ca.pem", "/var/lib/nodeseal/trust/nginx/crl.pem"]);
    assert.match(text, /^StateDirectory=nodeseal\/trust nodeseal\/trust\/%i$/m);
    await understood(argv);
  });

  it("keep kube-apiserver's files by another unit than the template, for it reads no lists", async () => {
    const text = readFileSync(join(UNITS, "nodeseal-agent-trust@kube-apiserver.service"), "utf8");
    const [, command = ""] = /^ExecStart=\/usr\/local\/bin\/nodeseal-agent (trust .*)$/m.exec(text) ?? [];
    const argv = command.replaceAll("%i", "kube-apiserver").split(" ");
    const directory = "/var/lib/nodeseal/trust/kube-apiserver";
    const files = argv.filter((word) => word.startsWith("/"));
    assert.deepEqual(files, [
      `${directory}/client-ca.pem`,
      "/etc/kubernetes/pki/ca.crt",
      `${directory}/authorization.yaml`,
    ]);
    await understood(argv);
  });

  it("start commands that the agent understands, in the same sandbox", () => {
    const sandboxes = readdirSync(UNITS)
      .filter((name) => name.endsWith(".service"))
      .map((name) => {
        const text = readFileSync(join(UNITS, name), "utf8");
        const isTrust = name.includes("-trust");
        const directory = name.includes("@") ? "/var/lib/nodeseal/%i" : "/var/lib/kubelet/pki";
        const [, command = ""] = /^ExecStart=\/usr\/local\/bin\/nodeseal-agent (.*)$/m.exec(text) ?? [];
        if (!isTrust) {
          assert.ok([`run --dir ${directory}`, `renew --dir ${directory}`].includes(command), `${name}: ${command}`);
          assert.ok(text.includes(`\nConditionPathExists=${directory}/nodeseal.json\n`), name);
          assert.ok(text.includes(`\nReadWritePaths=${directory}\n`), name);
        }
        const sandbox = text.slice(text.indexOf("\nReadWritePaths="), (text + "[Install]").indexOf("[Install]"));
        return sandbox.split("\n").filter((line) => /^[A-Z]/.test(line) && !line.startsWith("ReadWritePaths="));
      });
    assert.equal(sandboxes.length, 5);
    for (const sandbox of sandboxes) assert.deepEqual(sandbox, sandboxes[0]);
  });
});

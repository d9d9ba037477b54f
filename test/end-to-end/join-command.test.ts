import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run } from "../support/command.ts";
import { HttpsClient } from "../support/https-client.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";

describe("a printed join command", () => {
  let service: LocalService;
  let client: HttpsClient;
  const home = mkdtempSync(join(tmpdir(), "nodeseal-join-"));

  before(async () => {
    // A directory that a shell would take apart.
    service = await startLocalService({ dataDirectory: join(home, "a $data folder; here") });
    client = new HttpsClient(service);
  });
  after(async () => {
    client.close();
    await service.stop();
    rmSync(home, { recursive: true });
  });

  /** In a terminal that stands elsewhere, and finds neither Node.js nor a program of ours. */
  const paste = (command: string, shell = "sh") =>
    run("env", ["-i", "PATH=/usr/bin:/bin", `HOME=${home}`, shell, "-c", `cd / && ${command}`]);

  it("works wherever the terminal stands, by npm start", async () => {
    assert.match(service.joinCommand, /nodeseal-agent'? join --url https:\/\/127\.0\.0\.1:\d+ /);
    assert.doesNotMatch(service.joinCommand, /npx|--token /);
    const { status, stdout, stderr } = await paste(service.joinCommand);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^joined as system:node:/);
  });

  for (const shell of ["bash", "zsh", "fish", "busybox sh", "ksh"]) {
    const [program = "", ...rest] = shell.split(" ");
    const isHere = spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
    it(`is one word after the other in ${shell} too`, { skip: isHere ? false : `${program} is not here` }, async () => {
      // The same certificate again: it is safe to repeat.
      const { status, stderr } = await run(program, [...rest, "-c", service.joinCommand]);
      assert.equal(status, 0, stderr);
    });
  }

  it("works by the admin API once env is sourced, with the port that was reached", async () => {
    const answer = await client.admin("POST", "/v1/admin/tokens", { maxUses: 1, nodeNames: ["paste-1"] });
    const { token, joinCommand } = answer.json;
    assert.ok(typeof token === "string" && typeof joinCommand === "string");
    assert.ok(joinCommand.startsWith(`nodeseal-agent join --url ${service.url} --node paste-1 `), joinCommand);
    assert.equal(joinCommand.indexOf(token), joinCommand.indexOf("\n") + 1, "on a line of its own");
    const environment = `. '${service.dataDirectory}/env'`;
    const directory = join(home, "paste-1");
    const command = joinCommand.replace(" --token-file", ` --dir '${directory}' --token-file`);
    const { status, stderr } = await paste(`${environment}\n${command}`);
    assert.equal(status, 0, stderr);
    assert.ok(existsSync(join(directory, "kubelet-client-current.pem")));
  });

  it("is what nodeseal token create prints", async () => {
    const environment = `. '${service.dataDirectory}/env'`;
    const { status, stdout, stderr } = await paste(
      `${environment} && nodeseal token create --node paste-2 --max-uses 1 --print-join-command`,
    );
    assert.equal(status, 0, stderr);
    assert.match(
      stdout,
      /^nodeseal-agent join --url \S+ --node paste-2 .*--token-file - <<END\n[a-z0-9]{6}\.[a-z0-9]{16}\nEND\n$/,
    );
  });
});

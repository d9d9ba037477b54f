import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { CommandResult } from "../support/command.ts";
import { startLocalService, type LocalService } from "../support/local-service.ts";
import { runHere } from "../support/run-here.ts";

/** docs/operations.md, "After a restore", with the programs that people use: the service's data directory is put back. */
describe("a service that was restored from a backup", () => {
  const home = mkdtempSync(join(tmpdir(), "nodeseal-restore-"));
  const [data, backup] = [join(home, "data"), join(home, "backup")];
  const directoryOf = (node: string): string => join(home, node);
  let service: LocalService;
  let backedUpAt: string;

  const environment = () => service.environment;
  const operator = (...args: string[]): Promise<CommandResult> =>
    runHere("nodeseal.js", args, { environment: environment() });
  const agent = (node: string, ...args: string[]): Promise<CommandResult> =>
    runHere("nodeseal-agent.js", [...args, "--dir", directoryOf(node)], { environment: environment() });
  const start = async (port: number): Promise<void> => {
    service = await startLocalService({ dataDirectory: data, port, environment: { POWERTOOLS_LOG_LEVEL: "INFO" } });
  };
  const joinNode = async (node: string): Promise<void> => {
    const token = (await operator("token", "create", "--node", node, "--max-uses", "1")).stdout.trim();
    mkdirSync(directoryOf(node), { recursive: true });
    assert.equal((await agent(node, "join", "--token", token, "--node", node)).status, 0);
  };
  const renew = (node: string) => agent(node, "renew", "--force");

  before(async () => {
    await start(0);
    const port = Number(new URL(service.url).port);
    for (const node of ["renewed", "quiet"]) await joinNode(node);
    // The agent's copy of a disk whose certificate the backup knows to be replaced.
    cpSync(directoryOf("quiet"), directoryOf("copied"), { recursive: true, verbatimSymlinks: true });
    assert.equal((await renew("quiet")).status, 0);
    await service.stop();
    cpSync(data, backup, { recursive: true });
    backedUpAt = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    await start(port);
    assert.equal((await renew("renewed")).status, 0);
    await joinNode("joined");
    await service.stop();
    rmSync(data, { recursive: true });
    cpSync(backup, data, { recursive: true });
    await start(port);
  });
  after(async () => {
    await service.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it("refuses the nodes it does not know, says what helps, and lists them", async () => {
    for (const node of ["renewed", "joined"]) {
      const { status, stderr } = await renew(node);
      assert.equal(status, 1);
      assert.match(stderr, /has lost its record of it.*nobody is accused.*certificate_unknown/s);
    }
    assert.equal((await renew("quiet")).status, 0);
    const listed = (await operator("node", "list", "--unknown")).stdout;
    assert.match(listed, /^NAME\s+STATE\s.*\njoined\s+Unknown\s.*\nrenewed\s+Active\s.*\n$/);
    assert.match((await operator("node", "show", "joined")).stdout, /^Not on record: +a certificate was used/m);
    assert.match(service.output(), /"event":"certificate_unknown_used"/);
    assert.doesNotMatch(service.output(), /"event":"certificate_superseded_used"/);
    assert.match((await operator("recovery", "show")).stdout, /^State: +None$/m);
  });

  it("admits them once an operator says so, and shows that it did", async () => {
    const admitted = await operator("recovery", "admit", "--issued-after", backedUpAt);
    assert.equal(admitted.status, 0, admitted.stderr);
    assert.match((await operator("recovery", "show")).stdout, /^State: +Open$/m);
    for (const node of ["renewed", "joined"]) {
      const { status, stderr } = await renew(node);
      assert.equal(status, 0, stderr);
      assert.equal((await renew(node)).status, 0);
      const shown = (await operator("node", "show", node)).stdout;
      assert.match(shown, /^State: +Active$/m);
      assert.match(shown, /^Admitted: +\S+Z \(.*\) with [0-9a-f]{32}, by arn:aws:iam/m);
      const certificates = await operator("cert", "list", "--node", node);
      assert.equal(certificates.status, 0, certificates.stderr);
    }
    assert.equal((await operator("node", "list", "--unknown")).stdout.split("\n").filter(Boolean).length, 1);
    assert.equal(service.output().match(/"event":"certificate_admitted"/g)?.length, 2);
  });

  it("still refuses a copied disk that it knows, and reports it", async () => {
    const { status, stderr } = await renew("copied");
    assert.equal(status, 1);
    assert.match(stderr, /certificate_superseded/);
    assert.match(service.output(), /"event":"certificate_superseded_used"/);
  });

  it("admits nobody any more when it is ended", async () => {
    assert.equal((await operator("recovery", "end")).status, 0);
    assert.match((await operator("recovery", "show")).stdout, /^State: +Ended$/m);
    const again = await operator("recovery", "end");
    assert.equal(again.status, 1);
    assert.match(again.stderr, /no recovery admission is open/);
  });
});

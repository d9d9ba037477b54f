import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { problem, startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { fromNow, nodeItem, SERIAL_NUMBER } from "./support/canned-items.ts";
import { environmentOf, runCli, type CliResult } from "./support/cli.ts";

const HOUR = 3600;
const ADMIN = "arn:aws:iam::000000000000:user/operator";

describe("nodeseal recovery", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const cli = (...args: string[]): Promise<CliResult> => runCli(args, environmentOf(server));
  const bodyOf = (index = 0): unknown => JSON.parse(server.requests[index]?.body ?? "null");
  const admission = () => ({
    state: "Open",
    issuedAfter: fromNow(-24 * HOUR),
    openedAt: fromNow(0),
    until: fromNow(72 * HOUR),
    by: ADMIN,
  });

  it("admits what was issued since the restore point, for a week and a day, and says what it does not do", async () => {
    server.respond(() => ({ body: admission() }));
    const { status, stdout } = await cli("recovery", "admit", "--issued-after", "2026-01-30T12:00:00Z");
    assert.equal(status, 0);
    assert.deepEqual([server.requests[0]?.method, server.requests[0]?.path], ["POST", "/v1/admin/recovery-admission"]);
    assert.deepEqual(bodyOf(), { issuedAfter: "2026-01-30T12:00:00.000Z", ttlSeconds: 691_200 });
    assert.match(stdout, /^until \S+Z nodes are admitted whose certificates were issued from \S+Z to \S+Z/);
    assert.match(stdout, /nodeseal node list --unknown/);
    assert.match(stdout, /is not revoked any more/);
  });

  it("takes an end, or a duration, and not both", async () => {
    server.respond(() => ({ body: admission() }));
    await cli("recovery", "admit", "--issued-after", "2026-01-30", "--for", "12h", "--except", "n1", "node/n2");
    assert.deepEqual(bodyOf(), {
      issuedAfter: "2026-01-30T00:00:00.000Z",
      ttlSeconds: 43_200,
      except: ["n1", "n2"],
    });
    await cli("recovery", "admit", "--issued-after", "2026-01-30", "--until", "2999-01-01T00:00:00Z");
    assert.deepEqual(bodyOf(1), { issuedAfter: "2026-01-30T00:00:00.000Z", until: "2999-01-01T00:00:00.000Z" });
    const both = await cli("recovery", "admit", "--issued-after", "2026-01-30", "--until", "30d", "--for", "1h");
    assert.equal(both.status, 2);
    assert.equal(server.requests.length, 2);
  });

  for (const args of [
    [],
    ["--issued-after", "yesterday"],
    ["--issued-after", "30d"],
    ["--issued-after", "2999-01-01"],
  ]) {
    it(`does not admit with ${args.join(" ") || "no restore point"}`, async () => {
      server.respond(() => ({ body: admission() }));
      const { status, stderr } = await cli("recovery", "admit", ...args);
      assert.equal(status, 2);
      assert.match(stderr, /--issued-after/);
      assert.equal(server.requests.length, 0);
    });
  }

  it("shows what is open", async () => {
    server.respond(() => ({ body: admission() }));
    const { stdout } = await cli("recovery", "show");
    assert.match(
      stdout,
      /^State: +Open\nIssued after: +\S+Z \(24h ago\)\nIssued before: +\S+Z .*\nUntil: +\S+Z \(in .*\)\nExcept: +<none>\nBy: +arn:/,
    );
    server.respond(() => ({ body: { state: "None", issuedAfter: null, openedAt: null, until: null, by: null } }));
    assert.match((await cli("recovery", "show")).stdout, /^State: +None\nIssued after: +<none>/);
  });

  it("ends it, or says that there is nothing to end", async () => {
    server.respond(() => ({ status: 204 }));
    assert.deepEqual(await cli("recovery", "end"), {
      status: 0,
      stdout: "ended: certificates that are not on record are refused again\n",
      stderr: "",
    });
    assert.equal(server.requests[0]?.method, "DELETE");
    server.respond(() => problem(404, "not_found", "no recovery admission is open: there is nothing to end"));
    const { status, stderr } = await cli("recovery", "end");
    assert.equal(status, 1);
    assert.match(stderr, /no recovery admission is open/);
  });

  it("lists who waits, and shows it of one node", async () => {
    const unknownUse = { serialNumber: SERIAL_NUMBER, at: fromNow(-(4 * HOUR + 1830)) };
    server.respond(() => ({ body: { items: [nodeItem({ unknownUse, serialNumber: null, lastSeenAt: null })] } }));
    const { stdout } = await cli("node", "list", "--unknown");
    assert.equal(
      stdout,
      `NAME\tSTATE\tLASTUSE\tUNKNOWN\tLASTSEEN\tSERIALNUMBER\nworker-1\tActive\t4h30m\t${SERIAL_NUMBER}\t<unknown>\t<none>\n`,
    );
    assert.equal(server.requests[0]?.target, "/v1/admin/nodes?unknown=true&limit=100");
    const admitted = { serialNumber: SERIAL_NUMBER, at: fromNow(-HOUR), by: ADMIN };
    server.respond(() => ({ body: nodeItem({ unknownUse, admission: admitted }) }));
    const shown = (await cli("node", "show", "worker-1")).stdout;
    assert.match(shown, /Not on record: +a certificate was used that this service signed and does not know, last at/);
    assert.match(shown, new RegExp(`Admitted: +\\S+Z \\(60m ago\\) with ${SERIAL_NUMBER}, by arn:`));
  });
});

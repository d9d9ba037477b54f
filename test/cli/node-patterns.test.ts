import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { nodeItem } from "./support/canned-items.ts";
import { environmentOf, runCli, type CliResult } from "./support/cli.ts";

const NAMES = ["rack6-1", "rack7-1", "rack7-2", "rack7-2", "db"];

describe("nodes by pattern", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const node = (...args: string[]): Promise<CliResult> => {
    server.respond(({ method, path }) =>
      method === "GET" && path === "/v1/admin/nodes"
        ? { body: { items: NAMES.map((nodeName) => nodeItem({ nodeName })) } }
        : { body: nodeItem() },
    );
    return runCli(["node", ...args], environmentOf(server));
  };
  const acts = (): string[] => server.requests.filter(({ method }) => method === "POST").map(({ path }) => path);

  for (const [verb, route] of [
    ["revoke", "revocation"],
    ["release", "release"],
    ["renew", "renewal"],
  ] as const) {
    it(`${verb} acts on each name that matches, once, when --yes is given`, async () => {
      const { status, stderr } = await node(verb, "rack7-*", "--yes");
      assert.deepEqual([status, stderr], [0, ""]);
      assert.deepEqual(acts(), [`/v1/admin/nodes/rack7-1/${route}`, `/v1/admin/nodes/rack7-2/${route}`]);
    });

    it(`${verb} does nothing off a terminal without --yes, and says what it would hit`, async () => {
      const { status, stderr } = await node(verb, "rack7-*");
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`would ${verb} 2 nodes:; {3}rack7-1; {3}rack7-2; nothing was done: give --yes`));
      assert.deepEqual(acts(), []);
    });

    it(`${verb} --dry-run shows all, and does nothing`, async () => {
      const { status, stdout } = await node(verb, "rack*", "--dry-run");
      assert.equal(status, 0);
      assert.deepEqual(stdout.split("\n").slice(0, 4), [
        `would ${verb} 3 nodes:`,
        "  rack6-1",
        "  rack7-1",
        "  rack7-2",
      ]);
      assert.deepEqual(acts(), []);
    });
  }

  it("says that nothing matches, and does nothing to what was named beside it", async () => {
    const { status, stderr } = await node("revoke", "db", "rack8-*", "--yes");
    assert.equal(status, 1);
    assert.match(stderr, /no node on record matches "rack8-\*"; nothing was done/);
    assert.deepEqual(acts(), []);
  });

  it("refuses what can be no pattern before it asks", async () => {
    const { status, stderr } = await node("revoke", "../*");
    assert.equal(status, 2);
    assert.match(stderr, /"\.\.\/\*" is no pattern of node names/);
    assert.deepEqual(server.requests, []);
  });
});

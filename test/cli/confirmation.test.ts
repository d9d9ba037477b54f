import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { authorityItem, nodeItem, SERIAL_NUMBER, tokenItem } from "./support/canned-items.ts";
import { environmentOf, runCli, runInTerminal, TERMINAL_SKIP } from "./support/cli.ts";

/** Verbs that take something away, with what each says before it does. */
const VERBS: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [["token", "revoke", "abcdef"], /^would end token abcdef: Active, for web-\*, uses 2\/5, expires \S+Z$/m],
  [["node", "revoke", "worker-1"], /^would revoke worker-1:$/m],
  [["node", "release", "worker-1"], /^would release worker-1:$/m],
  [["cert", "revoke", SERIAL_NUMBER], /would revoke/],
  [["ca", "retire", "issuing-g1"], /^retire issuing-g1 /m],
  [["ca", "activate", "issuing-g1"], /^activate issuing-g1 would/m],
  [
    ["ca", "rollback"],
    /^rollback would let issuing-g1 sign again in place of issuing-g2, which goes on being trusted/m,
  ],
];

/** Asked by the same code: a real terminal costs a process each. */
const ON_TERMINAL = ["token revoke", "ca rollback", "ca retire"];

describe("a verb that takes something away", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());
  beforeEach(() => {
    server.requests.length = 0;
    server.respond(({ method, target }) => {
      if (method === "DELETE") return { status: 204 };
      if (method === "POST")
        return { body: { number: 7, act: "activate", authorityId: "issuing-g1", state: "pending" } };
      if (target.includes("/tokens/")) return { body: tokenItem() };
      if (/\/nodes\/./.test(target)) return { body: nodeItem() };
      if (/\/certificates\/./.test(target))
        return { body: { serialNumber: SERIAL_NUMBER, nodeName: "worker-1", state: "Issued" } };
      if (!target.includes("/authorities")) return { body: { items: [] } };
      const items = [authorityItem({ state: "retiring" }), authorityItem({ id: "issuing-g2", state: "active" })];
      return { body: { sequence: 3, items, changeRequests: [] } };
    });
  });
  const acts = (): readonly string[] =>
    server.requests.map(({ method }) => method).filter((method) => method !== "GET");

  for (const [args, says] of VERBS) {
    const command = args.slice(0, 2).join(" ");

    it(`${command} --dry-run says what would be done, and does nothing`, async () => {
      const { status, stdout } = await runCli([...args, "--dry-run"], environmentOf(server));
      assert.equal(status, 0);
      assert.match(stdout, says);
      assert.match(stdout, /^nothing was done: --dry-run$/m);
      assert.deepEqual(acts(), []);
    });

    it(`${command} acts with --yes, and off a terminal without it`, async () => {
      for (const flags of [["--yes"], []]) {
        server.requests.length = 0;
        const { status, stderr } = await runCli([...args, ...flags], environmentOf(server));
        assert.deepEqual([status, stderr], [0, ""]);
        assert.equal(acts().length, 1);
      }
    });

    if (!ON_TERMINAL.includes(command)) continue;
    for (const [how, typed, isDone] of [
      ["y", "y\n", true],
      ["n", "n\n", false],
      ["Ctrl-D", "\u0004", false],
    ] as const) {
      it(`${command} asks on a terminal, and is answered by ${how}`, { skip: TERMINAL_SKIP }, async () => {
        const { status, withoutColour } = await runInTerminal(args, environmentOf(server), 200, typed);
        assert.match(withoutColour, says);
        assert.match(withoutColour, /Go on\? \[y\/N\] /);
        assert.equal(withoutColour.includes("nothing was done"), !isDone, withoutColour);
        assert.deepEqual([status, acts().length], isDone ? [0, 1] : [1, 0], withoutColour);
      });
    }

    it(`${command} --yes asks nobody on a terminal`, { skip: TERMINAL_SKIP }, async () => {
      const { status, withoutColour } = await runInTerminal([...args, "--yes"], environmentOf(server));
      assert.equal(status, 0, withoutColour);
      assert.doesNotMatch(withoutColour, /Go on/);
      assert.equal(acts().length, 1);
    });
  }
});

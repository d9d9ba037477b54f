import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { authorityItem, certificateItem, nodeItem, requestItem, tokenItem } from "./support/canned-items.ts";
import { CLI_COMMAND, environmentOf, runCli, runInTerminal, TERMINAL_SKIP } from "./support/cli.ts";

const LISTS = [
  { command: ["node", "list"], item: nodeItem(), name: "nodeName", first: "NAME" },
  { command: ["cert", "list"], item: certificateItem(), name: "serialNumber", first: "SERIALNUMBER" },
  { command: ["token", "list"], item: tokenItem(), name: "tokenId", first: "TOKEN" },
  { command: ["csr", "list"], item: requestItem(), name: "name", first: "NAME" },
];

describe("the forms of a list", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  for (const { command, item, name, first } of LISTS) {
    const called = command.join(" ");
    it(`${called} -o name prints what other commands take`, async () => {
      server.respond(() => ({ body: { items: [item] } }));
      const { stdout } = await runCli([...command, "-o", "name"], environmentOf(server));
      assert.equal(stdout, `${String(item[name])}\n`);
    });

    it(`${called} -o csv has the columns of the table in a pipe`, async () => {
      server.respond(() => ({ body: { items: [item] } }));
      const csv = await runCli([...command, "-o", "csv"], environmentOf(server));
      const table = await runCli(command, environmentOf(server));
      const [headers = ""] = table.stdout.split("\n");
      assert.equal(csv.stdout.split("\r\n")[0], headers.replaceAll("\t", ","));
      assert.equal(csv.stdout.split("\r\n").length, 3);
    });

    it(`${called} --no-headers leaves out ${first}`, async () => {
      server.respond(() => ({ body: { items: [item] } }));
      const { stdout } = await runCli([...command, "--no-headers"], environmentOf(server));
      assert.equal(stdout.split("\n").length, 2);
      assert.ok(!stdout.includes(first));
    });

    it(`${called} fits 80 columns on a terminal, and is whole with -o wide`, { skip: TERMINAL_SKIP }, async () => {
      server.respond(() => ({ body: { items: [item] } }));
      const narrow = await runInTerminal(command, environmentOf(server), 80);
      for (const line of narrow.withoutColour.split("\n")) assert.ok(line.length <= 80, line);
      assert.ok(narrow.withoutColour.includes(String(item[name])), "the name is never cut");
      const wide = await runInTerminal([...command, "-o", "wide"], environmentOf(server), 80);
      const piped = await runCli(command, environmentOf(server));
      const cells = (text: string, gap: RegExp) =>
        text
          .trimEnd()
          .split("\n")
          .map((line) => line.split(gap));
      assert.deepEqual(cells(wide.withoutColour, / {3,}/), cells(piped.stdout, /\t/));
    });
  }

  it("nodeseal ca show fits 80 columns", { skip: TERMINAL_SKIP }, async () => {
    server.respond(() => ({ body: { sequence: 3, items: [authorityItem()] } }));
    const { withoutColour } = await runInTerminal(["ca", "show"], environmentOf(server), 80);
    for (const line of withoutColour.split("\n")) assert.ok(line.length <= 80, line);
  });

  for (const format of ["name", "csv"]) {
    it(`-o ${format} is refused where there is no list, before anything is asked`, async () => {
      server.respond(() => ({ body: nodeItem() }));
      const { status, stderr } = await runCli(["node", "revoke", "worker-1", "-o", format], environmentOf(server));
      assert.equal(status, 2);
      assert.equal(
        stderr,
        `nodeseal: -o ${format} is for lists, such as nodeseal node list -o ${format}; here: table, wide, json, yaml\n`,
      );
      assert.deepEqual(server.requests, []);
    });
  }
});

describe("--watch", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  it("prints what is new or has changed, and outlasts a service that is away", async () => {
    const worker = { nodeName: "worker-1", generation: 1 };
    const states = [
      { body: { items: [worker] } },
      { body: { items: [worker] } },
      { status: 500, body: {} },
      { body: { items: [worker, { nodeName: "worker-2" }] } },
      { body: { items: [{ ...worker, generation: 2 }, { nodeName: "worker-2" }] } },
    ];
    const last = states.at(-1) ?? {};
    server.respond(() => states.shift() ?? last);
    const [node, ...args] = CLI_COMMAND;
    const child = spawn(node, [...args, "node", "list", "--watch", "1", "-o", "name"], {
      env: environmentOf(server),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (stdout += text));
    while (stdout.split("\n").length < 4) await once(child.stdout, "data");
    child.kill();
    await once(child, "close");
    assert.equal(stdout, "worker-1\nworker-2\nworker-1\n");
  });

  it("is for tables and names", async () => {
    const { status, stderr } = await runCli(["node", "list", "--watch", "-o", "json"], environmentOf(server));
    assert.equal(status, 2);
    assert.match(stderr, /--watch goes with -o table, wide or name, not with -o json/);
  });
});

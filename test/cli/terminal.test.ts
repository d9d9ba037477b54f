import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { startAdminServer, type AdminServer } from "./support/admin-server.ts";
import {
  authorityItem,
  fromNow,
  IN_23_HOURS,
  IN_6_DAYS_3_HOURS,
  nodeItem,
  SERIAL_NUMBER,
  tokenItem,
} from "./support/canned-items.ts";
import { CLI_COMMAND, environmentOf, runInTerminal, TERMINAL_SKIP } from "./support/cli.ts";

const KUBELET_SIGNER = "kubernetes.io/kube-apiserver-client-kubelet";

describe("on a terminal", { skip: TERMINAL_SKIP }, () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  it("a list is an aligned table with a bold heading and coloured states", async () => {
    const notAfter = fromNow(IN_6_DAYS_3_HOURS);
    const none = { serialNumber: null, notAfter: null, lastSeenAt: null };
    server.respond(() => ({
      body: {
        items: [nodeItem({ notAfter }), nodeItem({ nodeName: "db-1", state: "Revoked", generation: 12, ...none })],
      },
    }));
    const { status, screen, withoutColour } = await runInTerminal(["node", "list"], environmentOf(server));
    assert.equal(status, 0);
    assert.equal(
      withoutColour,
      [
        "NAME       STATE     TTL      EXPIRES                LASTSEEN    GENERATION   BUNDLE      AGENT       SERIALNUMBER                       SIGNER",
        `worker-1   Active    6d3h     ${notAfter}   4h30m       3            <unknown>   <unknown>   ${SERIAL_NUMBER}   ${KUBELET_SIGNER}`,
        "db-1       Revoked   <none>   <none>                 <unknown>   12           <unknown>   <unknown>   <none>                             kubernetes.io/kube-apiserver-client-kubelet",
        "",
      ].join("\n"),
    );
    assert.ok(screen.startsWith("\u001b[1mNAME\u001b[22m       \u001b[1mSTATE\u001b[22m"));
    assert.ok(screen.includes("worker-1   \u001b[32mActive\u001b[39m    6d3h"));
    assert.ok(screen.includes("db-1       \u001b[31mRevoked\u001b[39m   <none>"));
  });

  it("a wide table is cut to the terminal where nothing is lost by it", async () => {
    const expiration = fromNow(IN_23_HOURS);
    server.respond(() => ({ body: { items: [tokenItem({ expiration, description: "seventh rack from the door" })] } }));
    const { withoutColour } = await runInTerminal(["token", "list"], environmentOf(server), 132);
    assert.equal(
      withoutColour,
      [
        "TOKEN    TTL   EXPIRES                USAGES                  DESCRIPTION             EXTRA GROUPS             STATE    USES   NODES",
        `abcdef   23h   ${expiration}   signing,authenticati…   seventh rack from th…   …dm:default-node-token   Active   2/5    web-*`,
        "",
      ].join("\n"),
    );
    assert.ok(withoutColour.split("\n").every((line) => line.length <= 132));
  });

  for (const variable of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
    it(`${JSON.stringify(variable)} takes the colours and leaves the table`, async () => {
      server.respond(() => ({ body: { items: [nodeItem()] } }));
      const { screen } = await runInTerminal(["node", "list"], { ...environmentOf(server), ...variable });
      assert.match(screen, /^NAME {7}STATE {4}TTL/);
      assert.ok(!screen.includes("\u001b"));
    });
  }

  it("a token is alone on its line, without colour", async () => {
    server.respond(() => ({ status: 201, body: { token: "abcdef.0123456789abcdef", ...tokenItem() } }));
    const { screen } = await runInTerminal(["token", "create"], environmentOf(server));
    assert.equal(screen, "abcdef.0123456789abcdef\n");
  });

  it("an empty list says what would fill it", async () => {
    server.respond(() => ({ body: { items: [] } }));
    const { screen } = await runInTerminal(["token", "list"], environmentOf(server));
    assert.equal(screen, "there are no tokens; nodeseal token create makes one\n");
  });

  it("one object has bold labels and a coloured state", async () => {
    server.respond(() => ({ body: nodeItem() }));
    const { screen, withoutColour } = await runInTerminal(["node", "show", "worker-1"], environmentOf(server));
    assert.ok(screen.startsWith("\u001b[1mName:"));
    assert.match(withoutColour, /^Name: +worker-1$/m);
    assert.ok(screen.includes("\u001b[22m\u001b[32mActive"));
  });

  it("the CA generations come with the number of the trust bundle", async () => {
    server.respond(() => ({ body: { sequence: 3, items: [authorityItem()] } }));
    const { withoutColour } = await runInTerminal(["ca", "show"], environmentOf(server));
    assert.match(withoutColour, /\ntrust bundle 3\n$/);
  });

  it("JSON is the same as in a pipe", async () => {
    server.respond(() => ({ body: { items: [{ nodeName: "worker-1" }] } }));
    const { screen } = await runInTerminal(["node", "list", "-o", "json"], environmentOf(server));
    assert.equal(screen, '{\n  "items": [\n    {\n      "nodeName": "worker-1"\n    }\n  ]\n}\n');
  });
});

describe("in a pipe", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  it("a reader that stops early ends it without a word", async () => {
    server.respond(() => ({ body: { items: Array.from({ length: 5000 }, () => nodeItem()) } }));
    const [node, ...args] = CLI_COMMAND;
    const child = spawn(node, [...args, "node", "list"], {
      env: environmentOf(server),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => void (stderr += chunk.toString()));
    await once(child.stdout, "data");
    child.stdout.destroy();
    const [status] = (await once(child, "close")) as [number | null];
    assert.deepEqual([status, stderr], [0, ""]);
  });
});

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { problem, startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { DEFAULT_GROUP, tokenItem } from "./support/canned-items.ts";
import { environmentOf, runCli, type CliResult } from "./support/cli.ts";

const TOKEN = "abcdef.0123456789abcdef";
const JOIN = `nodeseal-agent join --url https://nodeseal.example --node "$(hostname)" --token-file - <<END\n${TOKEN}\nEND`;

function created(token = TOKEN): Readonly<Record<string, unknown>> {
  return { token, joinCommand: JOIN.replace(TOKEN, token), ...tokenItem({ tokenId: token.slice(0, 6) }) };
}

describe("nodeseal token create", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const create = (...args: string[]): Promise<CliResult> => runCli(["token", "create", ...args], environmentOf(server));

  it("prints the token alone on one line, and leaves every default to the service", async () => {
    server.respond(() => ({ status: 201, body: created() }));
    assert.deepEqual(await create(), { status: 0, stdout: `${TOKEN}\n`, stderr: "" });
    const [request, ...others] = server.requests;
    assert.deepEqual([request?.method, request?.target, request?.body], ["POST", "/v1/admin/tokens", "{}"]);
    assert.equal(request?.headers["content-type"], "application/json");
    assert.equal(others.length, 0);
  });

  const limits = [
    { option: "--count", most: 100 },
    { option: "--max-uses", most: 1000 },
  ];
  for (const { option, most } of limits) {
    it(`tells the limit of ${option} in its help`, async () => {
      const { stdout } = await create("--help");
      assert.match(stdout.replace(/\s+/g, " "), new RegExp(`${option} <n> [^-]*at most ${most}`));
    });
  }

  it("tells how long a node's name may be", async () => {
    const { stdout } = await create("--help");
    assert.match(stdout.replace(/\s+/g, " "), /a node's name of at most 52 characters/);
  });

  it("sends what every option says", async () => {
    server.respond(() => ({ status: 201, body: created() }));
    const options = ["--ttl", "1h30m", "--max-uses", "5", "--node", "web-*", "db-1", "--node", "db-2"];
    const more = [
      "--cidr",
      "10.0.0.0/8,fd00::/8",
      "--usages",
      "authentication",
      "--replace",
      "--description",
      "rack 7",
    ];
    const { status } = await create(
      ...options,
      ...more,
      "--group",
      DEFAULT_GROUP,
      "--groups",
      "system:bootstrappers:x",
    );
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(server.requests[0]?.body ?? ""), {
      groups: [DEFAULT_GROUP, "system:bootstrappers:x"],
      ttlSeconds: 5400,
      maxUses: 5,
      nodeNames: ["web-*", "db-1", "db-2"],
      usages: ["authentication"],
      sourceCidrs: ["10.0.0.0/8", "fd00::/8"],
      allowReplace: true,
      description: "rack 7",
    });
  });

  it("takes a TTL of 0 for a token that never expires", async () => {
    server.respond(() => ({ status: 201, body: created() }));
    await create("--ttl", "0");
    assert.equal(server.requests[0]?.body, '{"ttlSeconds":0}');
  });

  it("prints the join command instead", async () => {
    server.respond(() => ({ status: 201, body: created() }));
    assert.deepEqual(await create("--print-join-command"), { status: 0, stdout: `${JOIN}\n`, stderr: "" });
  });

  it("prints several tokens one a line", async () => {
    const tokens = [TOKEN, "k2j4h5.fedcba9876543210"];
    server.respond(() => ({ status: 201, body: { items: tokens.map(created) } }));
    assert.deepEqual(await create("--count", "2"), { status: 0, stdout: `${tokens.join("\n")}\n`, stderr: "" });
    assert.equal(server.requests[0]?.body, '{"count":2}');
  });

  it("gives the service's answer as it is in JSON", async () => {
    const answer = { ...created(), laterMember: { of: ["a", "newer service"] } };
    server.respond(() => ({ status: 201, body: answer }));
    const { stdout } = await create("-o", "json");
    assert.deepEqual(JSON.parse(stdout), answer);
  });

  it("repeats the service's reason for a refusal", async () => {
    const detail = '"maxUses" must be at most 1000, got 5000';
    server.respond(() => problem(400, "malformed_request", detail, { field: "maxUses" }));
    assert.deepEqual(await create("--max-uses", "5000"), { status: 1, stdout: "", stderr: `nodeseal: ${detail}\n` });
  });

  it("says so when a token was made and cannot be shown", async () => {
    server.respond(() => ({ status: 201, body: { tokenId: "abcdef" } }));
    const { status, stderr } = await create();
    assert.equal(status, 1);
    assert.equal(stderr, "nodeseal: a token was made, but the service's answer is not understood: it has no token\n");
  });
});

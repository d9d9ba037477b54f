import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { problem, startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { DEFAULT_GROUP, fromNow, IN_23_HOURS, tokenItem } from "./support/canned-items.ts";
import { environmentOf, runCli, type CliResult } from "./support/cli.ts";

const TOKEN = "abcdef.0123456789abcdef";
const NO_TOKEN = problem(404, "not_found", "there is no token with this id", { field: "id" });

describe("nodeseal token", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const token = (...args: string[]): Promise<CliResult> => runCli(["token", ...args], environmentOf(server));

  it("lists tokens in kubeadm's columns and words, then its own", async () => {
    const [expiration, past] = [fromNow(IN_23_HOURS), fromNow(-90)];
    server.respond(() => ({
      body: {
        items: [
          tokenItem({ expiration }),
          tokenItem({ tokenId: "k2j4h5", expiration: null, maxUses: null, uses: null, nodeNames: [], description: "" }),
          tokenItem({ tokenId: "zzz999", expiration: past, state: "Expired", uses: 5, groups: [], usages: [] }),
        ],
      },
    }));
    assert.deepEqual(await token("list"), {
      status: 0,
      stdout: [
        "TOKEN\tTTL\tEXPIRES\tUSAGES\tDESCRIPTION\tEXTRA GROUPS\tSTATE\tUSES\tNODES",
        `abcdef\t23h\t${expiration}\tsigning,authentication\track 7\t${DEFAULT_GROUP}\tActive\t2/5\tweb-*`,
        `k2j4h5\t<forever>\t<never>\tsigning,authentication\t<none>\t${DEFAULT_GROUP}\tActive\t<unlimited>\t<any>`,
        `zzz999\t<expired>\t${past}\t<none>\track 7\t<none>\tExpired\t5/5\tweb-*`,
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  it("gives an empty list its heading in a pipe, so that the first line is never a token", async () => {
    server.respond(() => ({ body: { items: [] } }));
    const { stdout } = await token("list");
    assert.equal(stdout, "TOKEN\tTTL\tEXPIRES\tUSAGES\tDESCRIPTION\tEXTRA GROUPS\tSTATE\tUSES\tNODES\n");
    assert.equal((await token("list", "-o", "json")).stdout, '{\n  "items": []\n}\n');
    assert.equal((await token("list", "-o", "yaml")).stdout, "items: []\n");
  });

  it("shows one token, by id or by the token itself, whose secret is neither sent nor printed", async () => {
    const [expiration, createdAt] = [fromNow(IN_23_HOURS), fromNow(-(30 * 60))];
    for (const text of ["abcdef", TOKEN, "bootstrap-token-abcdef"]) {
      server.respond(() => ({ body: tokenItem({ expiration, createdAt, nodeNames: ["web-*", "db-1"] }) }));
      const { status, stdout, stderr } = await token("show", text);
      assert.equal(status, 0);
      assert.equal(
        stdout,
        [
          "Token:                abcdef",
          "State:                Active",
          "Description:          rack 7",
          `Expires:              ${expiration} (in 23h)`,
          "Uses:                 2/5",
          "Nodes:                web-*",
          "                      db-1",
          "Source CIDRs:         <any>",
          `Extra groups:         ${DEFAULT_GROUP}`,
          "Usages:               signing,authentication",
          "Replaces live nodes:  no",
          `Created:              ${createdAt} (30m ago)`,
          "Created by:           arn:aws:iam::000000000000:user/local-administrator",
          "Revoked:              no",
          "",
        ].join("\n"),
      );
      assert.equal(server.requests[0]?.target, "/v1/admin/tokens/abcdef");
      assert.ok(!JSON.stringify(server.requests).includes("0123456789abcdef"));
      assert.ok(!(stdout + stderr).includes("0123456789abcdef"));
    }
  });

  it("revokes tokens, and says what that does not undo", async () => {
    server.respond(() => ({ status: 204 }));
    assert.deepEqual(await token("revoke", TOKEN, "k2j4h5"), {
      status: 0,
      stdout: [
        "token abcdef revoked: nobody can join with it any more",
        "  not undone: certificates made with it stay valid, and renew; see nodeseal cert list --token abcdef",
        "token k2j4h5 revoked: nobody can join with it any more",
        "  not undone: certificates made with it stay valid, and renew; see nodeseal cert list --token k2j4h5",
        "",
      ].join("\n"),
      stderr: "",
    });
    const targets = server.requests.map(({ method, target }) => `${method} ${target}`);
    assert.deepEqual(targets, ["DELETE /v1/admin/tokens/abcdef", "DELETE /v1/admin/tokens/k2j4h5"]);
  });

  it("answers a revocation in JSON with the token as it is afterwards", async () => {
    const revoked = tokenItem({ state: "Revoked", revokedAt: fromNow(0) });
    server.respond(({ method }) => (method === "DELETE" ? { status: 204 } : { body: revoked }));
    assert.deepEqual(JSON.parse((await token("revoke", "abcdef", "-o", "json")).stdout), revoked);
    const several = await token("revoke", "abcdef", "abcdef", "-o", "json");
    assert.deepEqual(JSON.parse(several.stdout), { items: [revoked, revoked] });
  });

  it("goes on after one that is not there, and says which", async () => {
    server.respond(({ target }) => (target.endsWith("nope00") ? NO_TOKEN : { status: 204 }));
    const { status, stdout, stderr } = await token("revoke", "nope00", "abcdef");
    assert.equal(status, 1);
    assert.match(stdout, /^token abcdef revoked/);
    assert.equal(
      stderr,
      "nodeseal: nope00: there is no token with this id; nodeseal token list shows those there are\n",
    );
  });

  it("sends nothing at all when one of several ids is none", async () => {
    server.respond(() => ({ status: 204 }));
    assert.equal((await token("revoke", "abcdef", "ABCDEF")).status, 2);
    assert.equal(server.requests.length, 0);
  });
});

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { FORBIDDEN, problem, startAdminServer, type AdminServer, type Responder } from "./support/admin-server.ts";
import { nodeItem } from "./support/canned-items.ts";
import { environmentOf, runCli, type CliResult } from "./support/cli.ts";

/** Three pages of nodes with cursors that must be escaped, one of them short and one empty. */
const PAGES: Readonly<Record<string, { readonly names: readonly string[]; readonly cursor?: string }>> = {
  first: { names: ["n1", "n2"], cursor: "a+b/c=&d e" },
  "a+b/c=&d e": { names: [], cursor: "ä*'!()" },
  "ä*'!()": { names: ["n3"] },
};

const paged: Responder = ({ query }) => {
  const { names = [], cursor } = PAGES[query["cursor"] ?? "first"] ?? {};
  return {
    body: { items: names.map((nodeName) => nodeItem({ nodeName })), ...(cursor === undefined ? {} : { cursor }) },
  };
};

describe("a list of several pages", () => {
  let server: AdminServer;
  before(async () => void (server = await startAdminServer()));
  after(() => server.close());

  const list = (...args: string[]): Promise<CliResult> => runCli(["node", "list", ...args], environmentOf(server));

  const names = ({ stdout }: CliResult): readonly string[] => {
    const { items, ...rest } = JSON.parse(stdout) as { readonly items: readonly { readonly nodeName: string }[] };
    assert.deepEqual(rest, {});
    return items.map(({ nodeName }) => nodeName);
  };

  it("is followed to its end, over an empty page, each request signed", async () => {
    server.respond(paged);
    assert.deepEqual(names(await list("-o", "json")), ["n1", "n2", "n3"]);
    assert.deepEqual(
      server.requests.map(({ query, isSigned }) => [query["cursor"], query["limit"], isSigned]),
      [
        [undefined, "100", true],
        ["a+b/c=&d e", "500", true],
        ["ä*'!()", "500", true],
      ],
    );
  });

  it("is one table", async () => {
    server.respond(paged);
    const { stdout } = await list();
    assert.deepEqual(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t")[0]),
      ["NAME", "n1", "n2", "n3"],
    );
  });

  it("is stopped by --limit, without asking for more than that", async () => {
    server.respond(paged);
    assert.deepEqual(names(await list("--limit", "2", "-o", "json")), ["n1", "n2"]);
    assert.deepEqual(
      server.requests.map(({ query }) => query["limit"]),
      ["2"],
    );
    const { status, stderr } = await list("--limit", "2");
    assert.deepEqual([status, stderr], [0, "nodeseal: stopped by --limit 2; there may be more\n"]);
  });

  it("is no more than --limit even when the service sends more", async () => {
    server.respond(paged);
    assert.deepEqual(names(await list("--limit", "1", "-o", "json")), ["n1"]);
  });

  it("is not printed in part when a page is refused", async () => {
    server.respond((request) => (request.query["cursor"] === undefined ? paged(request) : FORBIDDEN));
    const { status, stdout } = await list("-o", "json");
    assert.deepEqual([status, stdout], [1, ""]);
  });

  it("waits as it is told and asks again when there are too many requests", async () => {
    let refusals = 0;
    server.respond((request) => {
      if (refusals++ > 0) return paged(request);
      const { body } = problem(429, "rate_limited", "too many requests");
      return { status: 429, headers: { "content-type": "application/problem+json", "retry-after": "1" }, body };
    });
    assert.deepEqual(names(await list("-o", "json")), ["n1", "n2", "n3"]);
  });

  it("ends when its cursors form a circle", async () => {
    server.respond(() => ({ body: { items: [], cursor: "again" } }));
    const { status, stderr } = await list();
    assert.equal(status, 1);
    assert.equal(stderr, "nodeseal: the service's answer to /v1/admin/nodes is not understood: its pages do not end\n");
    assert.equal(server.requests.length, 2);
  });
});

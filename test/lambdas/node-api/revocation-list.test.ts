import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { issuerDirectory } from "../../../core/authority/issuer-directory.ts";
import { cachedRevocationLists } from "../../../core/revocation/list-directory.ts";
import { nodeApiHandler } from "../../../lambdas/node-api/handler.ts";
import type { Observer } from "../../../lambdas/observer.ts";
import type { HttpHandler } from "../../../lambdas/http-handler.ts";
import { httpEvent } from "../../support/deployed/http-event.ts";
import { issuanceHarness } from "../../support/issuance-harness.ts";
import { revocationBench, serialNumbersIn } from "../../support/revocation-bench.ts";

const SILENT: Observer = {
  audit: () => undefined,
  begin: () => undefined,
  end: () => undefined,
  refused: () => undefined,
  failed: (error) => assert.fail(String(error)),
};

const SHARDED = { revocationLists: { shards: 16, lifetimeSeconds: 3600, url: "http://crl.example" } } as const;
const SERIAL_NUMBER = "a".padEnd(32, "5");

describe("GET /v1/crl/{authorityId}[/{shard}]", () => {
  let bench: ReturnType<typeof revocationBench>;
  let handler: HttpHandler;
  /** Looks into the store. */
  let looks: string[];

  beforeEach(async () => {
    bench = revocationBench(SHARDED);
    await bench.revoke(await bench.issue(100, SERIAL_NUMBER));
    await bench.round();
    looks = [];
    handler = await handlerOf(bench, looks);
  });

  const get = (
    [authorityId = "", shard]: readonly string[],
    headers: Readonly<Record<string, string>> = {},
    asked = handler,
  ): Promise<APIGatewayProxyStructuredResultV2> => {
    const routeKey = `GET /v1/crl/{authorityId}${shard === undefined ? "" : "/{shard}"}`;
    const path = { authorityId, ...(shard === undefined ? {} : { shard }) };
    return asked(httpEvent({ routeKey, path, headers }), { awsRequestId: "1" } as Context);
  };
  const isNotFound = ({ statusCode, headers, body = "" }: APIGatewayProxyStructuredResultV2) => {
    assert.deepEqual([statusCode, (JSON.parse(body) as { code: string }).code], [404, "not_found"]);
    assert.equal(headers?.["content-type"], "application/problem+json");
    assert.equal(headers["cache-control"], "no-store");
  };

  for (const path of [["issuing-g1"], ["root-g1"], ["issuing-g1", "a"], ["issuing-g1", "b"]]) {
    it(`hands out ${path.join("/")} to anybody, in DER`, async () => {
      const { statusCode, headers, body = "", isBase64Encoded } = await get(path);
      const list = await bench.published(path[0], path[1]);
      assert.ok(list !== undefined);
      assert.deepEqual([statusCode, isBase64Encoded], [200, true]);
      assert.deepEqual(headers, {
        "content-type": "application/pkix-crl",
        "cache-control": "public, max-age=300",
        "last-modified": bench.clock.now.toUTCString(),
        "x-content-type-options": "nosniff",
        etag: `"${list.number}"`,
      });
      assert.deepEqual(Buffer.from(body, "base64"), Buffer.from(list.der));
      assert.deepEqual(serialNumbersIn(list.der), path[1] === "b" || path[0] === "root-g1" ? [] : [SERIAL_NUMBER]);
    });
  }

  it("is cached by nobody beyond its next update", async () => {
    const maxAge = async () => (await get(["issuing-g1"])).headers?.["cache-control"];
    bench.advance(1 - 100 / 3600);
    assert.equal(await maxAge(), "public, max-age=100");
    bench.advance(1);
    assert.equal(await maxAge(), "public, max-age=0");
  });

  it("is sent once to whoever says what they have", async () => {
    const { headers } = await get(["issuing-g1"]);
    const etag = String(headers?.["etag"]);
    for (const known of [etag, `"1", ${etag}`, `W/${etag}`, "*"]) {
      const answer = await get(["issuing-g1"], { "if-none-match": known });
      assert.deepEqual([answer.statusCode, answer.body, answer.headers?.["etag"]], [304, undefined, etag], known);
      assert.equal(answer.headers?.["cache-control"], "public, max-age=300");
    }
    for (const other of ['"1"', etag.slice(1, -1), `${etag}x`, ""])
      assert.equal((await get(["issuing-g1"], { "if-none-match": other })).statusCode, 200, other);
  });

  it("is another once another was published, a minute later at most", async () => {
    const known = { "if-none-match": String((await get(["issuing-g1"])).headers?.["etag"]) };
    const late = await bench.issue(100);
    await bench.revoke(late);
    await bench.round();
    bench.advance(59 / 3600);
    assert.equal((await get(["issuing-g1"], known)).statusCode, 304);
    bench.advance(1 / 3600);
    const { statusCode, body = "" } = await get(["issuing-g1"], known);
    assert.equal(statusCode, 200);
    assert.ok(serialNumbersIn(Buffer.from(body, "base64")).includes(late.serialNumber));
  });

  for (const path of [
    ...["issuing-g2", "ISSUING-G1", "issuing-g1 ", "", "constructor", "..", "issuing-g1/a"].map((id) => [id]),
    ...["A", "ab", "abc", "g", "0x", "a ", "-", "", "%61", "a/", "..", "١", "constructor"].map((one) => [
      "issuing-g1",
      one,
    ]),
  ]) {
    it(`is not found as ${JSON.stringify(path.join("/"))}`, async () => {
      isNotFound(await get(path));
      // Of what anybody may make up, only what could be a list is looked for.
      assert.deepEqual(looks, path[1] === "ab" ? ["issuing-g1/ab"] : []);
    });
  }

  it("looks for what is not there once a minute, however often it is asked for", async () => {
    for (let time = 0; time < 3; time++) isNotFound(await get(["issuing-g1", "ab"]));
    assert.deepEqual(looks, ["issuing-g1/ab"]);
    bench.advance(60 / 3600);
    isNotFound(await get(["issuing-g1", "ab"]));
    assert.deepEqual(looks, ["issuing-g1/ab", "issuing-g1/ab"]);
  });

  it("is not found where no reconciliation was made yet, nor where there are no lists", async () => {
    const early = revocationBench({ revocationLists: undefined });
    await early.round();
    for (const path of [["issuing-g1"], ["issuing-g1", "a"]])
      isNotFound(await get(path, {}, await handlerOf(early, [])));
    isNotFound(await get(["issuing-g1"], {}, await handlerOf(bench, [], "no lists")));
  });
});

async function handlerOf(
  { services }: ReturnType<typeof revocationBench>,
  looks: string[],
  without?: "no lists",
): Promise<HttpHandler> {
  const bundle = await services.authorities.read();
  assert.ok(bundle !== undefined);
  const { lists, clock } = services;
  const read: typeof lists.read = (list) => {
    looks.push(`${list.authorityId}/${list.shard}`);
    return lists.read(list);
  };
  return nodeApiHandler(
    {
      ...(await issuanceHarness()).services,
      clock,
      issuers: () => Promise.resolve(issuerDirectory(bundle)),
      ...(without === undefined ? { revocationLists: cachedRevocationLists({ ...lists, read }, clock) } : {}),
    },
    SILENT,
  );
}

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { routeTable } from "../../../local/front-door/route-table.ts";

const ROUTE_KEYS = [
  "$default",
  "ANY /v1/{proxy+}",
  "ANY /v1/things",
  "GET /v1/things",
  "GET /v1/things/{name}",
  "POST /v1/things/renew",
  "ANY /v1/things/renew",
  "GET /v1/things/{name}/parts/{part}",
  "GET /v1/things/{name}/{rest+}",
  "GET /",
];

const find = routeTable([
  {
    name: "things",
    routes: ROUTE_KEYS.map((routeKey) => ({ routeKey, authorization: "NONE" as const })),
    handler: () => Promise.resolve({}),
  },
]);

const CASES: readonly {
  why: string;
  method: string;
  path: string;
  routeKey: string;
  parameters?: Record<string, string>;
}[] = [
  { why: "a method before ANY", method: "GET", path: "/v1/things", routeKey: "GET /v1/things" },
  { why: "ANY for other methods", method: "DELETE", path: "/v1/things", routeKey: "ANY /v1/things" },
  { why: "a literal before a variable", method: "POST", path: "/v1/things/renew", routeKey: "POST /v1/things/renew" },
  {
    why: "a literal with ANY before a variable with a method",
    method: "GET",
    path: "/v1/things/renew",
    routeKey: "ANY /v1/things/renew",
  },
  {
    why: "a variable before a greedy one",
    method: "GET",
    path: "/v1/things/a",
    routeKey: "GET /v1/things/{name}",
    parameters: { name: "a" },
  },
  {
    why: "the longer literal path",
    method: "GET",
    path: "/v1/things/a/parts/b",
    routeKey: "GET /v1/things/{name}/parts/{part}",
    parameters: { name: "a", part: "b" },
  },
  {
    why: "a greedy variable for many segments",
    method: "GET",
    path: "/v1/things/a/b/c",
    routeKey: "GET /v1/things/{name}/{rest+}",
    parameters: { name: "a", rest: "b/c" },
  },
  {
    why: "the outer greedy variable where the method is another",
    method: "PUT",
    path: "/v1/things/a/b",
    routeKey: "ANY /v1/{proxy+}",
    parameters: { proxy: "things/a/b" },
  },
  { why: "the root", method: "GET", path: "/", routeKey: "GET /" },
  { why: "$default for all else", method: "GET", path: "/v2", routeKey: "$default" },
  {
    why: "no variable for an empty segment",
    method: "GET",
    path: "/v1/things/",
    routeKey: "ANY /v1/{proxy+}",
    parameters: { proxy: "things/" },
  },
  { why: "no greedy variable for nothing", method: "GET", path: "/v1/", routeKey: "$default" },
];

describe("route table", () => {
  for (const { why, method, path, routeKey, parameters = {} } of CASES) {
    it(`chooses ${why}`, () => {
      const match = find(method, path);
      assert.equal(match?.route.routeKey, routeKey);
      assert.deepEqual(match.pathParameters, parameters);
    });
  }

  it("finds nothing where there is no $default", () => {
    const findFew = routeTable([
      {
        name: "things",
        routes: [{ routeKey: "GET /v1/things", authorization: "NONE" }],
        handler: () => Promise.resolve({}),
      },
    ]);
    for (const [method, path] of [
      ["POST", "/v1/things"],
      ["GET", "/v1/things/"],
      ["GET", "/v1//things"],
      ["GET", "/V1/things"],
      ["GET", "/"],
    ] as const)
      assert.equal(findFew(method, path), undefined, `${method} ${path}`);
  });

  it("refuses one route key in two functions", () => {
    const twice = ["one", "two"].map((name) => ({
      name,
      routes: [{ routeKey: "GET /v1/things", authorization: "NONE" as const }],
      handler: () => Promise.resolve({}),
    }));
    assert.throws(() => routeTable(twice), /^Error: the route GET \/v1\/things is there twice$/);
  });
});

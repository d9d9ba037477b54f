import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ADMINISTRATOR_RIGHTS, grantsFor } from "../../../core/rights/administrator-right.ts";
import { routes } from "../../../lambdas/admin-api/routes.ts";

const calls = routes.map(({ routeKey }) => routeKey.replaceAll(/\{\w+\}/g, "some-name").split(" "));

describe("administrators' rights", () => {
  it("let a viewer read each thing there is, and the admin do each", () => {
    for (const [method = "", path = ""] of calls) {
      const grants = grantsFor(method, path);
      assert.ok(grants.includes("grantAdmin"), path);
      assert.equal(
        grants.includes("grantViewer"),
        method === "GET" || path.endsWith("/simulation"),
        `${method} ${path}`,
      );
    }
  });

  it("name a lesser right than admin for every route", () => {
    const without = calls.filter(([method = "", path = ""]) => grantsFor(method, path).length < 2);
    assert.deepEqual(without, []);
  });

  it("have no route that is none", () => {
    const stale = Object.values(ADMINISTRATOR_RIGHTS)
      .flatMap(({ routes: patterns }): readonly string[] => patterns)
      .filter(
        (pattern) => !calls.some((call) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(call.join(" "))),
      );
    assert.deepEqual(stale, []);
  });

  it("know no right to what is no route of administrators", () => {
    assert.deepEqual(grantsFor("POST", "/v1/certificates"), []);
    assert.deepEqual(grantsFor("GET", "/v1/administer"), []);
  });
});

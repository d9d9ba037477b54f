import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { STATUS } from "../../lambdas/http/problem.ts";
import { openApi } from "../../lambdas/node-api/open-api.ts";
import { routes as adminRoutes } from "../../lambdas/admin-api/routes.ts";
import { routes as nodeRoutes } from "../../lambdas/node-api/routes.ts";

const apiPage = readFileSync(join(import.meta.dirname, "../../docs/api.md"), "utf8");

const served = join(import.meta.dirname, "../../lambdas/node-api/open-api.json");

describe("what is documented", () => {
  it("is served as it is made from routes and schemas (UPDATE_SNAPSHOT=1 writes it anew)", () => {
    const made = `${JSON.stringify(openApi(), undefined, 2)}\n`;
    if (process.env["UPDATE_SNAPSHOT"] === "1") writeFileSync(served, made);
    assert.deepEqual(JSON.parse(readFileSync(served, "utf8")), JSON.parse(made));
  });

  it("has every native route of the node API in its OpenAPI document, with its body's members", () => {
    const text = JSON.stringify(openApi());
    for (const { routeKey } of nodeRoutes) {
      const path = routeKey.split(" ")[1] ?? "";
      if (path.startsWith("/v1/")) assert.ok(text.includes(`"${path}"`), path);
    }
    assert.match(text, /"expirationSeconds":\{[^}]*"minimum":600/);
    assert.match(text, /"additionalProperties":false/);
  });

  it("has every refusal code in docs/api.md, beside its status", () => {
    for (const [code, status] of Object.entries(STATUS)) {
      assert.match(apiPage, new RegExp(`\\| ${status} \\| [^|]*\`${code}\``), code);
    }
  });

  it("keeps every admin route behind IAM", () => {
    for (const { routeKey, authorization } of adminRoutes) assert.equal(authorization, "AWS_IAM", routeKey);
    assert.ok(nodeRoutes.every(({ routeKey }) => !routeKey.includes("/admin/")));
  });
});

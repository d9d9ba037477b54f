import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { REFUSAL_CODES } from "../../core/refusal.ts";
import { STATUS } from "../../lambdas/http/problem.ts";
import { routes as adminRoutes } from "../../lambdas/admin-api/routes.ts";
import { routes as nodeRoutes } from "../../lambdas/node-api/routes.ts";
import { ALL_ROUTES, nodeDocument, wholeDocument } from "../../lambdas/open-api/document.ts";

const apiPage = readFileSync(join(import.meta.dirname, "../../docs/api.md"), "utf8");

describe("what is documented", () => {
  it("has every native route of both APIs, each with an id of its own", () => {
    const keys = ALL_ROUTES.map(({ method, path }) => `${method} ${path}`);
    const wanted = [...nodeRoutes, ...adminRoutes].map(({ routeKey }) => routeKey.replace("+}", "}"));
    assert.deepEqual(
      keys,
      wanted.filter((key) => key !== "$default"),
    );
    const ids = ALL_ROUTES.map(({ operationId }) => operationId);
    assert.deepEqual(ids, [...new Set(ids)]);
  });

  it("has the limits of the schemas that check requests", () => {
    const text = JSON.stringify(nodeDocument());
    assert.match(text, /"expirationSeconds":\{[^}]*"minimum":600/);
    assert.match(text, /"additionalProperties":false/);
  });

  it("names every parameter of a path, and none that the path has not", () => {
    for (const { path, parameters = [] } of ALL_ROUTES) {
      const inPath = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
      assert.deepEqual(
        inPath,
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        path,
      );
    }
  });

  it("leads every reference somewhere", () => {
    for (const document of [nodeDocument(), wholeDocument()]) {
      const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = ""]) => path);
      for (const path of new Set(references)) assert.ok(reached(document, path) !== undefined, path);
    }
  });

  it("has every refusal code on some route, and in docs/api.md beside its status", () => {
    const refused = new Set(ALL_ROUTES.flatMap(({ refusals }) => refusals));
    const ofNoRoute = ["method_not_allowed", "rate_limited"];
    assert.deepEqual(
      REFUSAL_CODES.filter((code) => !refused.has(code)),
      REFUSAL_CODES.filter((code) => ofNoRoute.includes(code)),
    );
    for (const [code, status] of Object.entries(STATUS))
      assert.match(apiPage, new RegExp(`\\| ${status} \\| [^|]*\`${code}\``), code);
  });

  it("keeps every admin route behind IAM", () => {
    for (const { routeKey, authorization } of adminRoutes) assert.equal(authorization, "AWS_IAM", routeKey);
    assert.ok(nodeRoutes.every(({ routeKey }) => !routeKey.includes("/admin/")));
    for (const { path, security } of ALL_ROUTES)
      assert.equal(JSON.stringify(security) === '[{"iam":[]}]', path.startsWith("/v1/admin/"), path);
  });
});

function reached(document: unknown, path: string): unknown {
  return path
    .split("/")
    .reduce<unknown>(
      (inner, name) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, name) : undefined),
      document,
    );
}

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { RefusalError } from "../../core/refusal.ts";
import { httpFunction } from "../../lambdas/http/http-function.ts";
import { json } from "../../lambdas/http/response.ts";
import type { Observer } from "../../lambdas/observer.ts";

/** Notes what it is told, by name. */
function notingObserver(): Observer & { readonly notes: string[] } {
  const notes: string[] = [];
  return {
    notes,
    audit: ({ event }) => void notes.push(event),
    begin: () => void notes.push("begin"),
    end: (_, statusCode) => void notes.push(`end ${statusCode}`),
    refused: ({ code }) => void notes.push(`refused ${code}`),
    failed: () => void notes.push("failed"),
  };
}

const context = { awsRequestId: "r" } as Context;

function eventOf(routeKey: string): APIGatewayProxyEventV2 {
  return { routeKey, headers: {}, rawPath: "/", requestContext: { requestId: "r" } } as APIGatewayProxyEventV2;
}

describe("httpFunction", () => {
  const operations = {
    "GET /good": () => Promise.resolve(json(200, { good: true })),
    "GET /busy": () => Promise.reject(new RefusalError("signer_busy", "KMS is throttling", { retryAfterSeconds: 7 })),
    "GET /denied": () => Promise.reject(new RefusalError("denied_by_policy", "no", { rule: "r1", field: "f1" })),
    "GET /broken": () => Promise.reject(new Error("the secret is 42")),
    "GET /odd": () => Promise.reject(Object.assign(new Error("x"), { name: "RefusalError" })),
  };

  it("answers what the operation answers, and says so once", async () => {
    const observer = notingObserver();
    const answer = await httpFunction(operations, observer)(eventOf("GET /good"), context);
    assert.deepEqual([answer.statusCode, answer.body], [200, '{"good":true}']);
    assert.deepEqual(observer.notes, ["begin", "end 200"]);
  });

  it("turns a refusal into a problem with all its members, and says when to come back", async () => {
    const observer = notingObserver();
    const busy = await httpFunction(operations, observer)(eventOf("GET /busy"), context);
    assert.equal(busy.statusCode, 503);
    assert.equal(busy.headers?.["retry-after"], "7");
    const denied = await httpFunction(operations, observer)(eventOf("GET /denied"), context);
    assert.deepEqual(JSON.parse(denied.body ?? ""), {
      type: "urn:nodeseal:problem:denied_by_policy",
      title: "Forbidden",
      status: 403,
      code: "denied_by_policy",
      detail: "no",
      rule: "r1",
      field: "f1",
    });
    assert.deepEqual(observer.notes, [
      "begin",
      "refused signer_busy",
      "end 503",
      "begin",
      "refused denied_by_policy",
      "end 403",
    ]);
  });

  for (const routeKey of ["GET /broken", "GET /odd"]) {
    it(`answers anything else that is thrown (${routeKey}) with a bare 500, and tells the log`, async () => {
      const observer = notingObserver();
      const answer = await httpFunction(operations, observer)(eventOf(routeKey), context);
      assert.equal(answer.statusCode, 500);
      const body: unknown = JSON.parse(answer.body ?? "");
      assert.ok(typeof body === "object" && body !== null);
      assert.deepEqual(Object.keys(body).sort(), ["code", "status", "title", "type"]);
      assert.doesNotMatch(answer.body ?? "", /secret/);
      assert.deepEqual(observer.notes, ["begin", "failed", "end 500"]);
    });
  }

  it("answers route keys it does not have with 404, also those every object has", async () => {
    for (const routeKey of ["GET /none", "constructor", "__proto__"]) {
      const answer = await httpFunction(operations, notingObserver())(eventOf(routeKey), context);
      assert.equal(answer.statusCode, 404);
    }
  });

  it("tells the log the client's address, not the edge's, and the edge's where it cannot tell", async () => {
    const seen: string[] = [];
    const observer = {
      ...notingObserver(),
      begin: (event: APIGatewayProxyEventV2) => void seen.push(sourceIpOf(event)),
    };
    const edge = { domainName: "nodes.example", isSecret: (text: string) => Promise.resolve(text === "s") };
    const event = eventOf("GET /good");
    const http = { ...event.requestContext.http, sourceIp: "203.0.113.9" };
    const requestContext = { ...event.requestContext, domainName: "nodes.example", http };
    const headers = {
      "x-nodeseal-edge-secret": "s",
      "cloudfront-viewer-cert-present": "0",
      "cloudfront-viewer-address": "198.51.100.10:46532",
    };
    const handler = httpFunction(operations, observer, edge);
    assert.equal((await handler({ ...event, requestContext, headers }, context)).statusCode, 200);
    assert.equal(seen.at(-1), "198.51.100.10");
    assert.equal((await handler({ ...event, requestContext }, context)).statusCode, 404);
    assert.equal(seen.at(-1), "203.0.113.9");
  });
});

function sourceIpOf({ requestContext }: APIGatewayProxyEventV2): string {
  return requestContext.http.sourceIp;
}

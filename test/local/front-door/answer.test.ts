import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpHandler } from "../../../lambdas/http-handler.ts";
import { frontDoorHarness } from "./front-door.ts";

/** What a function may do wrong is not what its type allows. */
function handlerOf(result: () => unknown): HttpHandler {
  return (() => Promise.resolve(result())) as HttpHandler;
}

test("sends status, headers, cookies and body as the function says", async (t) => {
  const { send } = await frontDoorHarness(t, {
    handler: handlerOf(() => ({
      statusCode: 201,
      headers: { "Content-Type": "application/json", "retry-after": 5, "x-flag": true },
      cookies: ["a=1; Secure", "b=2"],
      body: '{"ä":1}',
    })),
  });
  const answer = await send("/v1/things/one");
  assert.equal(answer.statusCode, 201);
  assert.equal(answer.headers["content-type"], "application/json");
  assert.equal(answer.headers["retry-after"], "5");
  assert.equal(answer.headers["x-flag"], "true");
  assert.deepEqual(answer.headers["set-cookie"], ["a=1; Secure", "b=2"]);
  assert.equal(answer.body, '{"ä":1}');
});

const RESULTS: readonly {
  why: string;
  result: unknown;
  statusCode: number;
  contentType?: string;
  body: string;
}[] = [
  {
    why: "an object without a status code is the body of a 200",
    result: { hello: "world" },
    ...{ statusCode: 200, contentType: "application/json", body: '{"hello":"world"}' },
  },
  {
    why: "a string is the body of a 200",
    result: "hello",
    ...{ statusCode: 200, contentType: "application/json", body: "hello" },
  },
  {
    why: "nothing is the body null of a 200",
    result: undefined,
    ...{ statusCode: 200, contentType: "application/json", body: "null" },
  },
  {
    why: "a body in base64 is sent decoded",
    result: { statusCode: 200, headers: { "content-type": "text/x" }, body: "aGVsbG8=", isBase64Encoded: true },
    ...{ statusCode: 200, contentType: "text/x", body: "hello" },
  },
  {
    why: "a body without a content type is plain text",
    result: { statusCode: 404, body: "no" },
    ...{ statusCode: 404, contentType: "text/plain; charset=utf-8", body: "no" },
  },
  { why: "a 204 has no body", result: { statusCode: 204 }, statusCode: 204, body: "" },
];

for (const { why, result, statusCode, contentType, body } of RESULTS) {
  test(why, async (t) => {
    const { send, faults } = await frontDoorHarness(t, { handler: handlerOf(() => result) });
    const answer = await send("/v1/things/one");
    assert.deepEqual(faults, []);
    assert.equal(answer.statusCode, statusCode);
    if (contentType !== undefined) assert.equal(answer.headers["content-type"], contentType);
    assert.equal(answer.body, body);
  });
}

const MALFORMED: readonly { why: string; result: unknown }[] = [
  { why: "a status code in words", result: { statusCode: "OK" } },
  { why: "a status code that is none", result: { statusCode: 99 } },
  { why: "a body that is an object", result: { statusCode: 200, body: { hello: "world" } } },
  { why: "headers that are a list", result: { statusCode: 200, headers: ["content-type"] } },
  { why: "a header that is an object", result: { statusCode: 200, headers: { "x-header": {} } } },
  { why: "cookies that are a string", result: { statusCode: 200, cookies: "a=1" } },
  { why: "a header that would split the answer", result: { statusCode: 200, headers: { "x-header": "a\r\nb: c" } } },
  { why: "a result that is no JSON", result: 1n },
];

for (const { why, result } of MALFORMED) {
  test(`answers 500 for ${why}`, async (t) => {
    const { send } = await frontDoorHarness(t, { handler: handlerOf(() => result) });
    const { statusCode, headers, body } = await send("/v1/things/one");
    assert.deepEqual(
      { statusCode, contentType: headers["content-type"], body },
      { statusCode: 500, contentType: "application/json", body: '{"message":"Internal Server Error"}' },
    );
  });
}

test("answers a bare 500 when the function throws, and tells the operator why", async (t) => {
  const secret = new Error("the secret reason");
  const { send, faults } = await frontDoorHarness(t, { handler: () => Promise.reject(secret) });
  const { statusCode, body } = await send("/v1/things/one");
  assert.deepEqual({ statusCode, body }, { statusCode: 500, body: '{"message":"Internal Server Error"}' });
  assert.deepEqual(faults, [secret]);
});

test("answers 503 when the function takes too long", async (t) => {
  const { send } = await frontDoorHarness(t, {
    integrationTimeoutMs: 20,
    handler: () => new Promise(() => undefined),
  });
  const { statusCode, body } = await send("/v1/things/one");
  assert.deepEqual({ statusCode, body }, { statusCode: 503, body: '{"message":"Service Unavailable"}' });
});

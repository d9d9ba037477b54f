import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { test } from "node:test";
import { frontDoorHarness } from "./front-door.ts";

test("builds the event that API Gateway documents, member by member", async (t) => {
  const arrivedAt = new Date("2026-03-02T09:03:58.123Z");
  const { send, invocations, port } = await frontDoorHarness(t, { clock: () => arrivedAt });
  await send(
    "/v1/things?parameter1=value1&parameter1=value2&parameter2=a%20b%2Cc&empty=",
    {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "User-Agent": "agent/1.0",
        Header1: ["value1", "value2"],
        Header2: "  value1  ",
        Cookie: "cookie1=a; cookie2=b",
        "X-Forwarded-For": "203.0.113.9",
        "X-Amzn-Trace-Id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
      },
    },
    '{"name":"ä"}',
  );
  const [{ event } = assert.fail("not called")] = invocations;
  assert.match(event.requestContext.requestId, /^[A-Za-z0-9+/]{15}=$/);
  assert.deepEqual(event, {
    version: "2.0",
    routeKey: "POST /v1/things",
    rawPath: "/v1/things",
    rawQueryString: "parameter1=value1&parameter1=value2&parameter2=a%20b%2Cc&empty=",
    cookies: ["cookie1=a", "cookie2=b"],
    headers: {
      "content-length": "13",
      "content-type": "application/json",
      header1: "value1,value2",
      header2: "value1",
      host: `127.0.0.1:${port}`,
      "user-agent": "agent/1.0",
      "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
      "x-forwarded-for": "203.0.113.9, 127.0.0.1",
      "x-forwarded-port": String(port),
      "x-forwarded-proto": "https",
    },
    queryStringParameters: { parameter1: "value1,value2", parameter2: "a b,c", empty: "" },
    requestContext: {
      accountId: "111122223333",
      apiId: "local",
      domainName: `127.0.0.1:${port}`,
      domainPrefix: "127",
      http: {
        method: "POST",
        path: "/v1/things",
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: "agent/1.0",
      },
      requestId: event.requestContext.requestId,
      routeKey: "POST /v1/things",
      stage: "$default",
      time: "02/Mar/2026:09:03:58 +0000",
      timeEpoch: arrivedAt.getTime(),
    },
    body: '{"name":"ä"}',
    isBase64Encoded: false,
  });
});

test("leaves out what a bare request does not have", async (t) => {
  const { send, invocations } = await frontDoorHarness(t);
  await send("/v1/things/one");
  const [{ event } = assert.fail("not called")] = invocations;
  assert.deepEqual(Object.keys(event).sort(), [
    "headers",
    "isBase64Encoded",
    "pathParameters",
    "rawPath",
    "rawQueryString",
    "requestContext",
    "routeKey",
    "version",
  ]);
  assert.equal(event.rawQueryString, "");
  assert.equal(event.isBase64Encoded, false);
  assert.equal(event.requestContext.authentication, undefined);
  assert.match(event.headers["x-amzn-trace-id"] ?? "", /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
});

test("decodes path and path parameters, and leaves the query string as it came", async (t) => {
  const { send, invocations } = await frontDoorHarness(t);
  await send("/v1/things/system%3anode%3Ab%C3%BCro?x=%2f&y=1+2");
  const [{ event } = assert.fail("not called")] = invocations;
  assert.equal(event.rawPath, "/v1/things/system:node:büro");
  assert.equal(event.requestContext.http.path, "/v1/things/system:node:büro");
  assert.deepEqual(event.pathParameters, { name: "system:node:büro" });
  assert.equal(event.rawQueryString, "x=%2f&y=1+2");
  assert.deepEqual(event.queryStringParameters, { x: "/", y: "1 2" });
});

const BODIES: readonly { why: string; contentType?: string; isText: boolean; encoding?: string }[] = [
  { why: "JSON", contentType: "application/json", isText: true },
  { why: "JSON with a charset", contentType: "Application/JSON; charset=utf-8", isText: true },
  { why: "problem details", contentType: "application/problem+json", isText: true },
  { why: "plain text", contentType: "text/plain", isText: true },
  { why: "XML", contentType: "application/xml", isText: true },
  { why: "JavaScript", contentType: "application/javascript", isText: true },
  { why: "a form", contentType: "application/x-www-form-urlencoded", isText: true },
  { why: "a CSR in DER", contentType: "application/pkcs10", isText: false },
  { why: "a CSR in PEM", contentType: "application/x-pem-file", isText: false },
  { why: "Kubernetes protobuf", contentType: "application/vnd.kubernetes.protobuf", isText: false },
  { why: "bytes", contentType: "application/octet-stream", isText: false },
  { why: "a body without a type", isText: false },
  { why: "compressed JSON", contentType: "application/json", encoding: "gzip", isText: false },
];

for (const { why, contentType, encoding, isText } of BODIES) {
  test(`hands over ${why} as ${isText ? "text" : "base64"}`, async (t) => {
    const { send, invocations } = await frontDoorHarness(t);
    const body = encoding === "gzip" ? gzipSync("{}") : Buffer.from('{"é": 1}');
    const headers = {
      ...(contentType !== undefined && { "content-type": contentType }),
      ...(encoding !== undefined && { "content-encoding": encoding }),
    };
    await send("/v1/things", { method: "POST", headers }, body);
    const [{ event } = assert.fail("not called")] = invocations;
    assert.equal(event.isBase64Encoded, !isText);
    assert.equal(event.body, body.toString(isText ? "utf8" : "base64"));
  });
}

test("gives the function a context like Lambda's", async (t) => {
  const { send, invocations } = await frontDoorHarness(t);
  await send("/v1/things/one");
  const [{ context } = assert.fail("not called")] = invocations;
  assert.equal(context.functionName, "things");
  assert.equal(context.invokedFunctionArn, "arn:aws:lambda:eu-central-1:111122223333:function:things");
  assert.match(context.awsRequestId, /^[0-9a-f-]{36}$/);
  assert.ok(context.getRemainingTimeInMillis() > 0);
});

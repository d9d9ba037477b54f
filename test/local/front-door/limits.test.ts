import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:tls";
import { test } from "node:test";
import { accessLine, type AccessEntry } from "../../../local/front-door/access-line.ts";
import { frontDoorHarness, TLS } from "./front-door.ts";

test("answers 404 itself for what no route matches, and calls nothing", async (t) => {
  const { send, invocations } = await frontDoorHarness(t);
  for (const [method, path] of [
    ["GET", "/"],
    ["GET", "/v1/things"],
    ["DELETE", "/v1/things/one"],
    // A slash that was encoded is one all the same: what is matched is what the function sees.
    ["GET", "/v1/things/one%2Ftwo"],
  ] as const) {
    const { statusCode, body } = await send(path, { method });
    assert.deepEqual({ statusCode, body }, { statusCode: 404, body: '{"message":"Not Found"}' }, `${method} ${path}`);
  }
  assert.deepEqual(invocations, []);
});

test("answers 400 for a path that is not percent-encoded UTF-8", async (t) => {
  const { send, invocations } = await frontDoorHarness(t);
  for (const path of ["/v1/things/%", "/v1/things/%ff", "/v1/things/%C3%28"]) {
    const { statusCode, body } = await send(path);
    assert.deepEqual({ statusCode, body }, { statusCode: 400, body: '{"message":"Bad Request"}' }, path);
  }
  assert.deepEqual(invocations, []);
});

test("takes a body of 10 MB, and answers 413 for one byte more", async (t) => {
  const { send, invocations } = await frontDoorHarness(t);
  const headers = { "content-type": "text/plain" };
  const most = Buffer.alloc(10 * 1024 * 1024, "a");
  assert.equal((await send("/v1/things", { method: "POST", headers }, most)).statusCode, 204);
  assert.equal(invocations[0]?.event.body?.length, most.length);
  const over = Buffer.alloc(most.length + 1, "a");
  for (const framing of [{}, { "transfer-encoding": "chunked" }]) {
    const answer = await send("/v1/things", { method: "POST", headers: { ...headers, ...framing } }, over);
    assert.equal(answer.statusCode, 413);
    assert.equal(answer.body, '{"message":"Request Entity Too Large"}');
  }
  assert.equal(invocations.length, 1);
});

test("answers 431 when request line and headers are over 10,240 bytes", async (t) => {
  const { send } = await frontDoorHarness(t);
  assert.equal((await send("/v1/things/one", { headers: { "x-filler": "a".repeat(9_000) } })).statusCode, 204);
  for (const [path, filler] of [
    ["/v1/things/one", "a".repeat(10_240)],
    [`/v1/things/${"a".repeat(6_000)}`, "a".repeat(5_000)],
  ] as const) {
    const { statusCode, body } = await send(path, { headers: { "x-filler": filler } });
    assert.deepEqual({ statusCode, body }, { statusCode: 431, body: '{"message":"Request Header Fields Too Large"}' });
  }
});

test("answers 400 for what is no HTTP", async (t) => {
  const { port } = await frontDoorHarness(t);
  const socket = connect({ host: "127.0.0.1", port, ca: TLS.caCertificatePem });
  await once(socket, "secureConnect");
  socket.write("this is no HTTP\r\n\r\n");
  const chunks = await socket.toArray();
  assert.match(Buffer.concat(chunks as Buffer[]).toString(), /^HTTP\/1\.1 400 [^]*\{"message":"Bad Request"\}$/);
});

test("finishes requests in flight when it is closed, and takes no more", async (t) => {
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
  const { promise: called, resolve: call } = Promise.withResolvers<undefined>();
  const { send, close } = await frontDoorHarness(t, {
    handler: async () => {
      call(undefined);
      await released;
      return { statusCode: 201 };
    },
  });
  const inFlight = send("/v1/things/one");
  await called;
  const closing = close();
  await assert.rejects(send("/v1/things/two"), { code: "ECONNREFUSED" });
  release(undefined);
  assert.equal((await inFlight).statusCode, 201);
  await closing;
});

test("says in one line that the port is taken", async (t) => {
  const { port } = await frontDoorHarness(t);
  await assert.rejects(frontDoorHarness(t, { port }), {
    name: "StartError",
    message: `port ${port} of 127.0.0.1 is taken; stop what uses it, or choose another --port (0 picks a free one)`,
  });
});

test("reports each request by method, path, status and time, and nothing of query, headers or body", async (t) => {
  const entries: AccessEntry[] = [];
  const { promise: reported, resolve } = Promise.withResolvers<undefined>();
  const { send } = await frontDoorHarness(t, {
    onAccess: (entry) => {
      entries.push(entry);
      resolve(undefined);
    },
  });
  await send("/v1/things?token=secret", { method: "POST", headers: { authorization: "Bearer secret" } }, "secret");
  await reported;
  const [entry = assert.fail("not reported")] = entries;
  assert.match(accessLine(entry, false), /^POST \/v1\/things 204 \d+ ms$/);
});

test("shows the status in colour where there is one, and no control characters of a path", () => {
  const entry = { method: "GET", target: "/v1/\u001b[31m\u202e", statusCode: 404, milliseconds: 1.6 };
  assert.equal(accessLine(entry, true), "GET /v1/?[31m? \u001b[33m404\u001b[0m 2 ms");
  assert.equal(
    accessLine({ ...entry, target: `/${"a".repeat(5_000)}` }, false).length,
    "GET ".length + 200 + " 404 2 ms".length,
  );
});

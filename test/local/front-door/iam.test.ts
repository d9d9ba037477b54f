import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import type { APIGatewayProxyEventV2WithIAMAuthorizer } from "aws-lambda";
import { temporaryDirectory } from "../temporary-directory.ts";
import { frontDoorHarness, REGION, TLS } from "./front-door.ts";

const hasCurl = spawnSync("curl", ["--version"], { encoding: "utf8" }).stdout.includes("HTTPS");
const skip = hasCurl || process.env["CI"] !== undefined ? false : "curl is not installed";

test("answers 403 to an admin route that is not signed, and calls nothing", async (t) => {
  const { send, invocations } = await frontDoorHarness(t);
  for (const headers of [{}, { authorization: "Bearer abcdef.0123456789abcdef" }]) {
    const { statusCode, body } = await send("/v1/admin/tokens", { headers });
    assert.deepEqual({ statusCode, body }, { statusCode: 403, body: '{"message":"Forbidden"}' });
  }
  assert.deepEqual(invocations, []);
});

test("asks no signature of other routes", async (t) => {
  const { send, invocations } = await frontDoorHarness(t);
  const headers = { authorization: "Bearer abcdef.0123456789abcdef" };
  assert.equal((await send("/v1/things/one", { headers })).statusCode, 204);
  assert.equal(invocations[0]?.event.headers["authorization"], headers.authorization);
});

for (const { why, args, body } of [
  { why: "a GET with a query", args: ["/v1/admin/nodes?limit=10&state=Pending"], body: undefined },
  { why: "a POST with a body", args: ["/v1/admin/tokens", "-H", "content-type: application/json"], body: '{"ä":1}' },
  { why: "a DELETE", args: ["/v1/admin/tokens/abcdef", "-X", "DELETE"], body: undefined },
]) {
  test(`lets through ${why} that curl has signed, and says who called`, { skip }, async (t) => {
    const { url, invocations, credentials } = await frontDoorHarness(t);
    const { statusCode } = await curlSigned(temporaryDirectory(t), url, args, body, credentials);
    assert.equal(statusCode, "204");
    const [{ event } = assert.fail("not called")] = invocations;
    if (body !== undefined) assert.equal(event.body, body);
    const { requestContext } = event as APIGatewayProxyEventV2WithIAMAuthorizer;
    assert.deepEqual(requestContext.authorizer, {
      iam: {
        accessKey: credentials.accessKeyId,
        accountId: "111122223333",
        callerId: "AIDALOCALADMINISTRATO",
        cognitoIdentity: null,
        principalOrgId: null,
        userArn: "arn:aws:iam::111122223333:user/local-administrator",
        userId: "AIDALOCALADMINISTRATO",
      },
    });
    assert.match(event.headers["authorization"] ?? "", /^AWS4-HMAC-SHA256 /);
  });
}

test("answers 403 to what curl has signed with another secret", { skip }, async (t) => {
  const { url, invocations, credentials } = await frontDoorHarness(t);
  const others = { ...credentials, secretAccessKey: "wrong" };
  const { statusCode, output } = await curlSigned(temporaryDirectory(t), url, ["/v1/admin/nodes"], undefined, others);
  assert.equal(statusCode, "403");
  assert.equal(output, '{"message":"Forbidden"}');
  assert.deepEqual(invocations, []);
});

async function curlSigned(
  directory: string,
  url: string,
  [path = "", ...args]: readonly string[],
  body: string | undefined,
  { accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string },
): Promise<{ statusCode: string | undefined; output: string }> {
  writeFileSync(join(directory, "ca.pem"), TLS.caCertificatePem);
  const child = spawn(
    "curl",
    [
      ...["--silent", "--show-error", "--max-time", "20", "--cacert", "ca.pem", "--write-out", "\n%{http_code}"],
      ...["--aws-sigv4", `aws:amz:${REGION}:execute-api`, "--user", `${accessKeyId}:${secretAccessKey}`],
      ...(body === undefined ? [] : ["--data-binary", body]),
      ...[`${url}${path}`, ...args],
    ],
    { cwd: directory, stdio: ["ignore", "pipe", "inherit"] },
  );
  const lines = (await text(child.stdout)).split("\n");
  return { statusCode: lines.pop(), output: lines.join("\n") };
}

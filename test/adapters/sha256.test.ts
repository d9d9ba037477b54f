import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { dynamoDbClient } from "../../adapters/dynamodb/client.ts";
import { kmsClient } from "../../adapters/kms/client.ts";
import { Sha256 } from "../../adapters/sha256.ts";

async function digestOf(data: string, secret?: ConstructorParameters<typeof Sha256>[0]): Promise<string> {
  const sha256 = new Sha256(secret);
  sha256.update(data.slice(0, 3));
  sha256.update(Buffer.from(data.slice(3)));
  return Buffer.from(await sha256.digest()).toString("hex");
}

describe("the hash that requests to AWS are signed with", () => {
  it("is SHA-256", async () => {
    assert.equal(await digestOf("some data"), createHash("sha256").update("some data").digest("hex"));
  });

  it("is HMAC for every kind of secret, and again for the same one", async () => {
    const octets = Buffer.from("a secret");
    const expected = createHmac("sha256", octets).update("some data").digest("hex");
    const view = new Uint8Array(Buffer.concat([Buffer.from("xx"), octets, Buffer.from("xx")])).subarray(2, 10);
    for (const secret of ["a secret", octets, Uint8Array.from(octets).buffer, view]) {
      assert.equal(await digestOf("some data", secret), expected);
      assert.equal(await digestOf("some data", secret), expected);
    }
  });

  it("takes no secret for another, however many there were", async () => {
    for (let round = 0; round < 2; round++)
      for (let number = 0; number < 20; number++) {
        const secret = `secret ${number}`;
        const expected = createHmac("sha256", secret).update("some data").digest("hex");
        assert.equal(await digestOf("some data", secret), expected);
        assert.equal(await digestOf("some data", Buffer.from(secret)), expected);
      }
  });
});

describe("the SDK clients of a function", () => {
  it("leave out of each call what does nothing, and keep what signs, retries and identifies", () => {
    for (const client of [dynamoDbClient(), kmsClient()]) {
      const steps = client.middlewareStack.identify().map((step) => step.split(" ")[0]);
      client.destroy();
      assert.ok(!steps.includes("loggerMiddleware") && !steps.includes("recursionDetectionMiddleware"));
      for (const needed of [
        "httpSigningMiddleware",
        "retryMiddleware",
        "getUserAgentMiddleware",
        "hostHeaderMiddleware",
      ])
        assert.ok(steps.includes(needed), needed);
    }
  });
});

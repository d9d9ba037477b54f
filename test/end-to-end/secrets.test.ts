import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { HttpsClient } from "../support/https-client.ts";
import { startLocalService } from "../support/local-service.ts";
import { nodeCsr } from "../support/openssl-csr.ts";
import { OPENSSL_SKIP } from "../support/openssl.ts";

/** The same secret in the forms it could slip out in. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, "latin1");
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .slice(shift === 0 ? 0 : 4, -4),
  );
  return [secret, bytes.toString("hex"), encodeURIComponent(secret), ...base64].filter((form) => form.length >= 8);
}

describe("secrets", { skip: OPENSSL_SKIP }, () => {
  it("are in no log, no answer and no file, with every log line on", async () => {
    // Everything the functions can say, said.
    process.env["POWERTOOLS_LOG_LEVEL"] = "TRACE";
    const service = await startLocalService();
    delete process.env["POWERTOOLS_LOG_LEVEL"];
    const client = new HttpsClient(service);
    const answers: string[] = [];
    const tokens = await Promise.all([
      client.newToken({ maxUses: 1 }),
      client.newToken({ groups: ["system:bootstrappers:manual"] }),
      client.newToken({ ttlSeconds: 1 }),
    ]);
    const [good, manual, expired] = tokens;
    const wrong = `${good.slice(0, 7)}wrongwrongwrong1`;
    const { csrPem } = nodeCsr("secret.example");
    const challenge = "challengepasswordcanary";
    for (const [body, token] of [
      [{ csr: csrPem }, good],
      [{ csr: csrPem }, wrong],
      [{ csr: csrPem, token: good }, good],
      [{ csr: good }, good],
      [{ csr: nodeCsr("waits.example").csrPem }, manual],
      [{ csr: csrPem }, expired],
      [good, good],
    ] as const) {
      answers.push((await client.post("/v1/certificates", body, token)).text);
    }
    answers.push(
      (
        await client.send("POST", "/v1/certificates", {
          headers: { authorization: `Bearer ${good}`, "content-type": "application/json" },
          body: `{"csr": "${good}`,
        })
      ).text,
    );
    answers.push((await client.get(`/v1/certificates/${good}`, good)).text);
    answers.push(
      (await client.admin("GET", `/v1/admin/tokens/${good}`)).text,
      (await client.admin("DELETE", `/v1/admin/tokens/${good}`)).text,
    );
    answers.push(
      (await client.admin("GET", "/v1/admin/tokens")).text,
      (await client.admin("POST", "/v1/admin/tokens", { description: 7, groups: [good] })).text,
    );
    const secret = service.environment["AWS_SECRET_ACCESS_KEY"] ?? "";
    client.close();
    await service.stop();

    assert.match(service.output(), /certificate_issued/, "the log is on");
    assert.match(service.output(), /"refusalCode":"invalid_token"/);
    const joinToken = /^printf '%s\\n' (\S+) \|/.exec(service.joinCommand)?.[1] ?? "";
    assert.match(joinToken, /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    const printed = service.output().replace(service.joinCommand, "");
    const canaries = [...tokens, wrong].map((token) => token.slice(7)).concat(joinToken.slice(7), secret, challenge);
    for (const form of canaries.flatMap(formsOf)) {
      assert.ok(!printed.includes(form), "a secret was printed");
      assert.equal(
        answers.find((answer) => answer.includes(form)),
        undefined,
        "a secret was answered",
      );
    }
    const tokenSecrets = [...tokens, joinToken].map((token) => token.slice(7));
    for (const file of filesBelow(service.dataDirectory)) {
      const content = readFileSync(file).toString("latin1");
      assert.ok(
        !tokenSecrets.some((tokenSecret) => content.includes(tokenSecret)),
        `a token's secret is at rest in ${file}`,
      );
    }
  });
});

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((file) => statSync(file).isFile());
}

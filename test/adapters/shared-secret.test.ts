import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sharedSecret } from "../../adapters/secrets-manager/shared-secret.ts";
import type { SignedRequest } from "../../adapters/signed-request.ts";

const [OLD, CURRENT, NEXT] = ["old-secret", "current-secret", "next-secret"];
const NOT_FOUND = { statusCode: 400, headers: {}, body: '{"__type":"ResourceNotFoundException","Message":"none"}' };

/** Secrets Manager with these versions, and a clock to move on. */
function secretWith(versions: { AWSCURRENT: string; AWSPREVIOUS?: string }) {
  const state = {
    versions,
    now: 0,
    calls: [] as string[],
    answer: undefined as Awaited<ReturnType<SignedRequest>> | undefined,
  };
  const request: SignedRequest = ({ headers, body, url }) => {
    assert.equal(headers["x-amz-target"], "secretsmanager.GetSecretValue");
    assert.equal(url.href, "https://secretsmanager.eu-central-1.amazonaws.com/");
    const { SecretId, VersionStage } = JSON.parse(body) as {
      SecretId: string;
      VersionStage: "AWSCURRENT" | "AWSPREVIOUS";
    };
    assert.equal(SecretId, "arn:aws:secretsmanager:eu-central-1:111122223333:secret:edge");
    state.calls.push(VersionStage);
    const SecretString = state.versions[VersionStage];
    const found = { statusCode: 200, headers: {}, body: JSON.stringify({ SecretString }) };
    return Promise.resolve(state.answer ?? (SecretString === undefined ? NOT_FOUND : found));
  };
  const isSecret = sharedSecret({
    request,
    endpoint: "https://secretsmanager.eu-central-1.amazonaws.com",
    secretArn: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:edge",
    clock: () => new Date(state.now),
  });
  return { state, isSecret };
}

describe("a shared secret", () => {
  it("is known by its current and its previous version, and by nothing else", async () => {
    const { isSecret } = secretWith({ AWSCURRENT: CURRENT, AWSPREVIOUS: OLD });
    assert.deepEqual(await Promise.all([CURRENT, OLD, NEXT, "", `${CURRENT} `, CURRENT.toUpperCase()].map(isSecret)), [
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it("has no previous version before it was ever rotated", async () => {
    const { isSecret } = secretWith({ AWSCURRENT: CURRENT });
    assert.deepEqual([await isSecret(CURRENT), await isSecret("")], [true, false]);
  });

  it("is read once, however many ask at once", async () => {
    const { isSecret, state } = secretWith({ AWSCURRENT: CURRENT });
    assert.ok((await Promise.all(Array.from({ length: 50 }, () => isSecret(CURRENT)))).every(Boolean));
    assert.deepEqual(state.calls.sort(), ["AWSCURRENT", "AWSPREVIOUS"]);
  });

  it("is looked up again for a guess, yet not for every guess", async () => {
    const { isSecret, state } = secretWith({ AWSCURRENT: CURRENT });
    for (let guess = 0; guess < 100; guess++) assert.equal(await isSecret(`guess ${guess}`), false);
    assert.equal(state.calls.length, 2);
    state.versions = { AWSCURRENT: NEXT, AWSPREVIOUS: CURRENT };
    state.now += 31_000;
    assert.equal(await isSecret(NEXT), true, "a rotation counts within half a minute");
    assert.equal(state.calls.length, 4);
  });

  it("is good no longer than a quarter of an hour after it was withdrawn", async () => {
    const { isSecret, state } = secretWith({ AWSCURRENT: CURRENT });
    assert.equal(await isSecret(CURRENT), true);
    state.versions = { AWSCURRENT: NEXT, AWSPREVIOUS: OLD };
    state.now += 15 * 60_000;
    assert.equal(await isSecret(CURRENT), false);
  });

  for (const [why, answer] of Object.entries({
    "may not be read": {
      statusCode: 400,
      headers: {},
      body: '{"__type":"AccessDeniedException","SecretString":"leak"}',
    },
    "is not there": NOT_FOUND,
    "is empty": { statusCode: 200, headers: {}, body: '{"SecretString":""}' },
    "is no JSON": { statusCode: 502, headers: {}, body: "leak" },
  })) {
    it(`is an error when it ${why}, which quotes nothing, and is tried again`, async () => {
      const { isSecret, state } = secretWith({ AWSCURRENT: CURRENT });
      state.answer = answer;
      await assert.rejects(isSecret(""), (error) => error instanceof Error && !error.message.includes("leak"));
      state.answer = undefined;
      assert.equal(await isSecret(CURRENT), true);
    });
  }
});

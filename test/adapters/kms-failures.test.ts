import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, describe, it } from "node:test";
import { KMSClient } from "@aws-sdk/client-kms";
import { kmsClient } from "../../adapters/kms/client.ts";
import { kmsKeyMaker } from "../../adapters/kms/key-maker.ts";
import { kmsSigner } from "../../adapters/kms/signer.ts";
import { RefusalError } from "../../core/refusal.ts";
import { ECDSA_SHA256, ECDSA_SHA384, RSA_SHA256 } from "../../core/keys/signature-algorithm.ts";
import { scriptedAwsService, scriptedClientSettings, type ScriptedAnswer } from "../support/scripted-aws-service.ts";
import { randomOctets } from "../support/stored-records.ts";

const KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ALIAS = "alias/nodeseal/root-g1";

const closing: (() => unknown)[] = [];
after(async () => {
  for (const close of closing) await close();
});

async function scripted(script: readonly ScriptedAnswer[], maxAttempts = 1) {
  const service = await scriptedAwsService(script);
  const client = new KMSClient({
    ...scriptedClientSettings(service.url),
    maxAttempts,
    requestHandler: {
      // Short only where silence is what is tested: a busy machine answers later than this.
      requestTimeout: script.includes("silence") ? 200 : 30_000,
      throwOnRequestTimeout: true,
    },
  });
  closing.push(() => client.destroy(), service.close);
  return { ...service, client };
}

describe("kmsSigner", () => {
  const busy: readonly { why: string; answer: ScriptedAnswer }[] = [
    { why: "KMS throttles", answer: { error: "ThrottlingException" } },
    { why: "KMS fails inside", answer: { error: "KMSInternalException", status: 500 } },
    { why: "something behind KMS is late", answer: { error: "DependencyTimeoutException", status: 500 } },
    { why: "the key is not available for the moment", answer: { error: "KeyUnavailableException", status: 500 } },
    { why: "the service is down in a way it has no name for", answer: { error: "Unknown", status: 503 } },
    { why: "no answer comes", answer: "silence" },
    { why: "the connection tears", answer: "reset" },
  ];
  for (const { why, answer } of busy) {
    it(`asks callers to come back when ${why}`, async () => {
      const { client } = await scripted([answer]);
      const signing = kmsSigner({ client }).sign(KEY_ARN, ECDSA_SHA256, randomOctets(100));
      await assert.rejects(signing, (error) => {
        assert.ok(error instanceof RefusalError);
        assert.equal(error.code, "signer_busy");
        assert.ok((error.retryAfterSeconds ?? 0) >= 1);
        assert.ok(!error.message.includes(KEY_ARN), "callers need not know our keys");
        assert.ok(error.cause instanceof Error);
        return true;
      });
    });
  }

  it("asks callers to come back when nothing listens", async () => {
    const { client, close } = await scripted(["silence"]);
    await close();
    const signing = kmsSigner({ client }).sign(KEY_ARN, ECDSA_SHA256, randomOctets(100));
    await assert.rejects(signing, { name: "RefusalError", code: "signer_busy" });
  });

  const operators = [
    { error: "DisabledException", remedy: /enable it/ },
    { error: "KMSInvalidStateException", remedy: /cancel its deletion/ },
    { error: "NotFoundException", remedy: /check the ARN/ },
    { error: "AccessDeniedException", remedy: /policy/ },
    { error: "InvalidKeyUsageException", remedy: /not a signing key/ },
  ];
  for (const { error: name, remedy } of operators) {
    it(`tells the operator what to do about ${name}`, async () => {
      const { client } = await scripted([{ error: name }]);
      const signing = kmsSigner({ client }).sign(KEY_ARN, ECDSA_SHA256, randomOctets(100));
      await assert.rejects(signing, (error) => {
        assert.ok(error instanceof Error && error.name === "Error");
        for (const part of [KEY_ARN, name]) assert.ok(error.message.includes(part), error.message);
        assert.match(error.message, remedy);
        return true;
      });
    });
  }

  it("leaves other errors as they are", async () => {
    const { client } = await scripted([{ error: "ValidationException" }]);
    const signing = kmsSigner({ client }).sign(KEY_ARN, ECDSA_SHA256, randomOctets(100));
    await assert.rejects(signing, { name: "ValidationException" });
  });

  it("complains about an answer without a signature", async () => {
    const { client } = await scripted([{ output: {} }]);
    const signing = kmsSigner({ client }).sign(KEY_ARN, ECDSA_SHA256, randomOctets(100));
    await assert.rejects(signing, new RegExp(KEY_ARN));
  });

  it("sends the digest, and names the one algorithm", async () => {
    const { client, bodies } = await scripted([{ output: { Signature: "AAAA" } }]);
    const signer = kmsSigner({ client });
    for (const algorithm of [ECDSA_SHA256, ECDSA_SHA384, RSA_SHA256]) {
      await signer.sign(KEY_ARN, algorithm, randomOctets(5000));
    }
    const sent = bodies.map((body) => {
      const { Message, ...rest } = body as { Message: string };
      return { ...rest, octets: Buffer.from(Message, "base64").length };
    });
    const common = { KeyId: KEY_ARN, MessageType: "DIGEST" };
    assert.deepEqual(sent, [
      { ...common, SigningAlgorithm: "ECDSA_SHA_256", octets: 32 },
      { ...common, SigningAlgorithm: "ECDSA_SHA_384", octets: 48 },
      { ...common, SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256", octets: 32 },
    ]);
  });

  it("never tries twice: a lost answer may have been a signature, and only the record counts those", async () => {
    const client = kmsClient();
    assert.equal(await client.config.maxAttempts(), 1);
    client.destroy();
  });
});

describe("kmsKeyMaker", () => {
  const publicKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
  const described = (changes: object = {}): ScriptedAnswer => ({
    output: {
      KeyMetadata: {
        KeyId: KEY_ARN.slice(-36),
        Arn: KEY_ARN,
        KeySpec: "ECC_NIST_P256",
        KeyUsage: "SIGN_VERIFY",
        KeyState: "Enabled",
        ...changes,
      },
    },
  });
  const withPublicKey: ScriptedAnswer = {
    output: { PublicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64") },
  };
  const done: ScriptedAnswer = { output: {} };
  const maker = async (script: readonly ScriptedAnswer[]) => {
    const service = await scripted(script);
    const pauses: number[] = [];
    const pause = (milliseconds: number): Promise<void> => {
      pauses.push(milliseconds);
      return Promise.resolve();
    };
    return { ...service, pauses, keys: kmsKeyMaker({ client: service.client, pause }) };
  };
  const operations = (requests: readonly string[]) => requests.map((target) => target.replace("TrentService.", ""));

  it("asks for a key's public key once, however often it is asked", async () => {
    const { keys, requests } = await maker([described(), withPublicKey, described()]);
    const first = await keys.findOrCreateKey(ALIAS, "P-256");
    assert.deepEqual(await keys.findOrCreateKey(ALIAS, "P-256"), first);
    assert.deepEqual(operations(requests), ["DescribeKey", "GetPublicKey", "DescribeKey"]);
  });

  it("makes a signing key that says what it is for, then names it", async () => {
    const { keys, requests, bodies } = await maker([{ error: "NotFoundException" }, described(), done, withPublicKey]);
    await keys.findOrCreateKey(ALIAS, "P-256");
    assert.deepEqual(operations(requests), ["DescribeKey", "CreateKey", "CreateAlias", "GetPublicKey"]);
    assert.deepEqual(bodies[1], {
      KeySpec: "ECC_NIST_P256",
      KeyUsage: "SIGN_VERIFY",
      Description: `Nodeseal CA key for ${ALIAS}`,
    });
    assert.deepEqual(bodies[2], { AliasName: ALIAS, TargetKeyId: KEY_ARN.slice(-36) });
  });

  it("uses the other's key when somebody else named theirs first", async () => {
    const winner = KEY_ARN.replace("1234abcd", "ffffffff");
    const { keys, requests } = await maker([
      { error: "NotFoundException" },
      described(),
      { error: "AlreadyExistsException" },
      described({ Arn: winner }),
      withPublicKey,
    ]);
    assert.equal((await keys.findOrCreateKey(ALIAS, "P-256")).keyArn, winner);
    assert.equal(operations(requests)[3], "DescribeKey");
  });

  it("waits for what was just made to be found", async () => {
    const { keys, pauses } = await maker([
      { error: "NotFoundException" },
      described(),
      { error: "NotFoundException" },
      done,
      { error: "KMSInvalidStateException" },
      { error: "NotFoundException" },
      withPublicKey,
    ]);
    assert.equal((await keys.findOrCreateKey(ALIAS, "P-256")).keyArn, KEY_ARN);
    assert.deepEqual(pauses, [200, 200, 400]);
  });

  it("does not wait for ever", async () => {
    const { keys, pauses } = await maker([described(), { error: "NotFoundException" }]);
    await assert.rejects(keys.findOrCreateKey(ALIAS, "P-256"), /check the ARN/);
    assert.equal(pauses.length, 4);
  });

  const unusable = [
    { why: "a key of another kind", changes: { KeySpec: "RSA_2048" }, says: /RSA_2048/ },
    { why: "an encryption key", changes: { KeyUsage: "ENCRYPT_DECRYPT" }, says: /ENCRYPT_DECRYPT/ },
    { why: "a disabled key", changes: { KeyState: "Disabled" }, says: /is Disabled/ },
    { why: "a key that is being deleted", changes: { KeyState: "PendingDeletion" }, says: /is PendingDeletion/ },
  ];
  for (const { why, changes, says } of unusable) {
    it(`makes nothing beside ${why} of this name, and says so`, async () => {
      const { keys, requests } = await maker([described(changes)]);
      await assert.rejects(keys.findOrCreateKey(ALIAS, "P-256"), (error) => {
        assert.ok(error instanceof Error && error.message.includes(ALIAS) && error.message.includes(KEY_ARN));
        assert.match(error.message, says);
        return true;
      });
      assert.deepEqual(operations(requests), ["DescribeKey"]);
    });
  }

  it("makes no second key when it may not look", async () => {
    const { keys, requests } = await maker([{ error: "AccessDeniedException" }]);
    await assert.rejects(keys.findOrCreateKey(ALIAS, "P-256"), /policy/);
    assert.deepEqual(operations(requests), ["DescribeKey"]);
  });
});

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  GenerateRandomCommand,
  GetPublicKeyCommand,
  ListAliasesCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  UpdateAliasCommand,
  type KMSClient,
} from "@aws-sdk/client-kms";
import { ACCOUNT_ID, kmsHarness, newKey, REGION } from "./local-kms.ts";

const ARN_PREFIX = `arn:aws:kms:${REGION}:${ACCOUNT_ID}`;

test("finds a key by its id, its ARN, its alias and its alias' ARN", async (t) => {
  const { client } = await kmsHarness(t);
  const keyId = await newKey(client);
  await client.send(new CreateAliasCommand({ AliasName: "alias/nodeseal/issuing", TargetKeyId: keyId }));
  for (const reference of [
    keyId,
    `${ARN_PREFIX}:key/${keyId}`,
    "alias/nodeseal/issuing",
    `${ARN_PREFIX}:alias/nodeseal/issuing`,
  ]) {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: reference }));
    assert.equal(KeyMetadata?.KeyId, keyId, reference);
    assert.equal((await signWith(client, reference)).KeyId, `${ARN_PREFIX}:key/${keyId}`, reference);
  }
});

const UNKNOWN_ID = "1234abcd-12ab-34cd-56ef-1234567890ab";
const UNKNOWN_KEYS: readonly { why: string; reference: string; message: string }[] = [
  { why: "an unknown id", reference: UNKNOWN_ID, message: `Key '${ARN_PREFIX}:key/${UNKNOWN_ID}' does not exist` },
  {
    why: "an unknown ARN",
    reference: `${ARN_PREFIX}:key/${UNKNOWN_ID}`,
    message: `Key '${ARN_PREFIX}:key/${UNKNOWN_ID}' does not exist`,
  },
  { why: "an unknown alias", reference: "alias/none", message: `Alias ${ARN_PREFIX}:alias/none is not found.` },
  {
    why: "an unknown alias ARN",
    reference: `${ARN_PREFIX}:alias/none`,
    message: `Alias ${ARN_PREFIX}:alias/none is not found.`,
  },
  { why: "an id that is none", reference: "fake-key-id", message: "Invalid keyId 'fake-key-id'" },
  {
    why: "the ARN of another region",
    reference: `arn:aws:kms:us-west-2:${ACCOUNT_ID}:key/${UNKNOWN_ID}`,
    message: "Invalid arn us-west-2",
  },
];

for (const { why, reference, message } of UNKNOWN_KEYS) {
  test(`answers NotFoundException in KMS' words for ${why}`, async (t) => {
    const { client } = await kmsHarness(t);
    for (const act of [
      () => client.send(new DescribeKeyCommand({ KeyId: reference })),
      () => signWith(client, reference),
    ])
      await assert.rejects(act, { name: "NotFoundException", message });
  });
}

test("moves an alias from one key to the next, and never makes one twice", async (t) => {
  const { client } = await kmsHarness(t);
  const [first, second] = [await newKey(client), await newKey(client)];
  await client.send(new CreateAliasCommand({ AliasName: "alias/ca", TargetKeyId: first }));
  await assert.rejects(client.send(new CreateAliasCommand({ AliasName: "alias/ca", TargetKeyId: second })), {
    name: "AlreadyExistsException",
    message: `An alias with the name ${ARN_PREFIX}:alias/ca already exists`,
  });
  await client.send(new UpdateAliasCommand({ AliasName: "alias/ca", TargetKeyId: second }));
  assert.equal((await client.send(new DescribeKeyCommand({ KeyId: "alias/ca" }))).KeyMetadata?.KeyId, second);
  await assert.rejects(client.send(new UpdateAliasCommand({ AliasName: "alias/other", TargetKeyId: second })), {
    name: "NotFoundException",
    message: `Alias ${ARN_PREFIX}:alias/other is not found.`,
  });
});

test("refuses alias names that KMS refuses", async (t) => {
  const { client } = await kmsHarness(t);
  const keyId = await newKey(client);
  const make = (name: string) => client.send(new CreateAliasCommand({ AliasName: name, TargetKeyId: keyId }));
  await assert.rejects(make("ca"), {
    name: "ValidationException",
    message: /^Alias must start with the prefix "alias\/"/,
  });
  await assert.rejects(make("alias/a b"), { name: "ValidationException", message: /regular expression pattern/ });
  await assert.rejects(make("alias/aws/ca"), { name: "NotAuthorizedException" });
});

test("lists aliases in pages, all or of one key", async (t) => {
  const { client } = await kmsHarness(t);
  const [one, other] = [await newKey(client), await newKey(client)];
  for (const name of ["c", "a", "b"])
    await client.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: name === "b" ? other : one }));
  const firstPage = await client.send(new ListAliasesCommand({ Limit: 2 }));
  assert.deepEqual(
    firstPage.Aliases?.map(({ AliasName }) => AliasName),
    ["alias/a", "alias/b"],
  );
  assert.equal(firstPage.Truncated, true);
  const secondPage = await client.send(new ListAliasesCommand({ Limit: 2, Marker: firstPage.NextMarker }));
  assert.deepEqual(
    secondPage.Aliases?.map(({ AliasArn }) => AliasArn),
    [`${ARN_PREFIX}:alias/c`],
  );
  assert.equal(secondPage.Truncated, false);
  const ofOther = await client.send(new ListAliasesCommand({ KeyId: other }));
  assert.deepEqual(
    ofOther.Aliases?.map(({ TargetKeyId }) => TargetKeyId),
    [other],
  );
  assert.ok(ofOther.Aliases[0]?.CreationDate instanceof Date);
});

test("keeps a disabled key from signing until it is enabled again", async (t) => {
  const { client } = await kmsHarness(t);
  const keyId = await newKey(client);
  await client.send(new DisableKeyCommand({ KeyId: keyId }));
  const refusal = { name: "DisabledException", message: `${ARN_PREFIX}:key/${keyId} is disabled.` };
  await assert.rejects(signWith(client, keyId), refusal);
  await assert.rejects(client.send(new GetPublicKeyCommand({ KeyId: keyId })), refusal);
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: keyId }));
  assert.deepEqual([KeyMetadata?.KeyState, KeyMetadata?.Enabled], ["Disabled", false]);
  await client.send(new EnableKeyCommand({ KeyId: keyId }));
  await signWith(client, keyId);
});

test("keeps a key that waits for its deletion from every use, and gives it back disabled", async (t) => {
  const now = new Date("2026-11-23T12:00:00Z");
  const { client } = await kmsHarness(t, { clock: () => now });
  const keyId = await newKey(client);
  const scheduled = await client.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }));
  assert.equal(scheduled.KeyState, "PendingDeletion");
  assert.deepEqual(scheduled.DeletionDate, new Date("2026-11-30T12:00:00Z"));
  const refusal = { name: "KMSInvalidStateException", message: `${ARN_PREFIX}:key/${keyId} is pending deletion.` };
  await assert.rejects(signWith(client, keyId), refusal);
  await assert.rejects(client.send(new EnableKeyCommand({ KeyId: keyId })), refusal);
  await assert.rejects(client.send(new CreateAliasCommand({ AliasName: "alias/ca", TargetKeyId: keyId })), refusal);
  await client.send(new CancelKeyDeletionCommand({ KeyId: keyId }));
  await assert.rejects(signWith(client, keyId), { name: "DisabledException" });
  await assert.rejects(client.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 6 })), {
    name: "ValidationException",
    message: /Value '6' at 'pendingWindowInDays' .* greater than or equal to 7$/,
  });
});

test("makes no keys that this service has no use for", async (t) => {
  const { client } = await kmsHarness(t);
  await assert.rejects(client.send(new CreateKeyCommand({})), { name: "UnsupportedOperationException" });
  await assert.rejects(client.send(new CreateKeyCommand({ KeySpec: "ECC_NIST_P256" })), {
    name: "ValidationException",
    message: "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
  });
  await assert.rejects(client.send(new CreateKeyCommand({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" })), {
    name: "ValidationException",
    message:
      /^1 validation error detected: Value 'HMAC_256' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: \[/,
  });
});

test("answers operations it does not have, and what is no request, with KMS' errors", async (t) => {
  const { client, url } = await kmsHarness(t);
  await assert.rejects(client.send(new GenerateRandomCommand({ NumberOfBytes: 8 })), {
    name: "UnknownOperationException",
  });
  const post = async (target: string, body: string) => {
    const response = await fetch(url, { method: "POST", headers: { "x-amz-target": target }, body });
    assert.match(response.headers.get("x-amzn-requestid") ?? "", /^[0-9a-f-]{36}$/);
    assert.equal(response.headers.get("content-type"), "application/x-amz-json-1.1");
    return { status: response.status, body: (await response.json()) as object };
  };
  const serialization = { status: 400, body: { __type: "SerializationException", message: "" } };
  assert.deepEqual(await post("TrentService.DescribeKey", "{"), serialization);
  assert.deepEqual(await post("TrentService.DescribeKey", "[]"), serialization);
  assert.deepEqual(await post("TrentService.toString", "{}"), {
    status: 400,
    body: { __type: "UnknownOperationException", message: "" },
  });
  assert.deepEqual(await post("TrentService.DescribeKey", "{}"), {
    status: 400,
    body: {
      __type: "ValidationException",
      message:
        "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    },
  });
});

test("signs for nobody else when it is given credentials", async (t) => {
  const credentials = { accessKeyId: "AKIAABCDEFGHIJKLMNOP", secretAccessKey: randomBytes(30).toString("base64") };
  const { client, url } = await kmsHarness(t, { credentials });
  await newKey(client);
  const unsigned = await fetch(url, {
    method: "POST",
    headers: { "x-amz-target": "TrentService.ListAliases" },
    body: "{}",
  });
  assert.deepEqual(await unsigned.json(), {
    __type: "MissingAuthenticationTokenException",
    message: "Request is missing Authentication Token",
  });
  client.config.credentials = () => Promise.resolve({ ...credentials, secretAccessKey: randomUUID() });
  await assert.rejects(client.send(new ListAliasesCommand({})), { name: "InvalidSignatureException" });
});

function signWith(client: KMSClient, reference: string) {
  return client.send(
    new SignCommand({
      KeyId: reference,
      Message: randomBytes(32),
      MessageType: "DIGEST",
      SigningAlgorithm: "ECDSA_SHA_256",
    }),
  );
}

import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import {
  CreateAliasCommand,
  DescribeKeyCommand,
  GetPublicKeyCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { localKms } from "../../../local/kms/server.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { ACCOUNT_ID, kmsHarness, newKey, REGION } from "./local-kms.ts";

test("has the same keys after a restart, and none whose time of deletion has come", async (t) => {
  const file = join(temporaryDirectory(t), "keys.json");
  const first = await kmsHarness(t, { file });
  const [kept, deleted] = [await newKey(first.client), await newKey(first.client)];
  await first.client.send(new CreateAliasCommand({ AliasName: "alias/kept", TargetKeyId: kept }));
  await first.client.send(new CreateAliasCommand({ AliasName: "alias/deleted", TargetKeyId: deleted }));
  await first.client.send(new ScheduleKeyDeletionCommand({ KeyId: deleted, PendingWindowInDays: 7 }));
  const { PublicKey } = await first.client.send(new GetPublicKeyCommand({ KeyId: kept }));
  await first.close();

  const inEightDays = new Date(Date.now() + 8 * 24 * 3600 * 1000);
  const second = await kmsHarness(t, { file, clock: () => inEightDays });
  assert.deepEqual((await second.client.send(new GetPublicKeyCommand({ KeyId: "alias/kept" }))).PublicKey, PublicKey);
  await assert.rejects(second.client.send(new DescribeKeyCommand({ KeyId: deleted })), { name: "NotFoundException" });
  await assert.rejects(second.client.send(new DescribeKeyCommand({ KeyId: "alias/deleted" })), {
    name: "NotFoundException",
  });
});

test("keeps its keys where only the owner can read them, and leaves nothing else behind", async (t) => {
  const { client, file } = await kmsHarness(t);
  await newKey(client);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(dirname(file)), ["keys.json"]);
});

for (const { why, damage } of [
  { why: "is cut off", damage: (text: string) => text.slice(0, -20) },
  { why: "holds a key that is none", damage: (text: string) => text.replace("BEGIN PRIVATE", "BEGIN") },
  { why: "is empty", damage: () => "" },
  { why: "is of a version to come", damage: (text: string) => text.replace('"version": 1', '"version": 2') },
]) {
  test(`says so when the key file ${why}, and leaves it alone`, async (t) => {
    const { client, file, close } = await kmsHarness(t);
    await newKey(client);
    await close();
    const damaged = damage(readFileSync(file, "utf8"));
    writeFileSync(file, damaged);
    const kms = localKms({ file, region: REGION, accountId: ACCOUNT_ID });
    await assert.rejects(kms.start(), {
      name: "StartError",
      message: new RegExp(`^the key file ${file} is damaged; `),
    });
    assert.equal(readFileSync(file, "utf8"), damaged);
  });
}

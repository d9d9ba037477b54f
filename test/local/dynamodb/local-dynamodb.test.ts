import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { startLocalDynamoDb, type LocalDynamoDbOptions } from "../../../local/dynamodb/local-dynamodb.ts";
import { ACCESS } from "./access.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

type Engine = LocalDynamoDbOptions["engine"];

function hasJava(): boolean {
  return spawnSync("java", ["-version"]).error === undefined;
}

const ENGINES: readonly { engine: Engine; skip: string | false }[] = [
  { engine: "dynalite", skip: false },
  {
    engine: "dynamodb-local",
    skip: hasJava() || process.env["CI"] !== undefined ? false : "DynamoDB Local needs Java 17, and there is none",
  },
];

for (const { engine, skip } of ENGINES) {
  test(`${engine} has after a restart what was written before`, { skip }, async (t) => {
    const directory = join(temporaryDirectory(t), "dynamodb");
    const first = await startLocalDynamoDb({ ...ACCESS, directory, engine });
    await writeItem(first.url, "before");
    await first.close();
    const second = await startLocalDynamoDb({ ...ACCESS, directory, engine });
    t.after(second.close);
    assert.equal(await readItem(second.url), "before");
  });

  test(`${engine} loses nothing it has acknowledged when its process is killed`, { skip }, async (t) => {
    const directory = join(temporaryDirectory(t), "dynamodb");
    const { child, url } = await startProcess(t, directory, engine);
    await writeItem(url, "acknowledged");
    child.kill("SIGKILL");
    await once(child, "exit");
    await isGone(url);
    const second = await startLocalDynamoDb({ ...ACCESS, directory, engine });
    t.after(second.close);
    assert.equal(await readItem(second.url), "acknowledged");
  });
}

test("dynamodb-local takes over what an earlier release stored", { skip: ENGINES[1]?.skip ?? false }, async (t) => {
  const directory = join(temporaryDirectory(t), "dynamodb");
  const first = await startLocalDynamoDb({ ...ACCESS, directory, engine: "dynamodb-local" });
  await writeItem(first.url, "before");
  await first.close();
  // One database for all access keys, under the name that DynamoDB Local gives it.
  const [file = ""] = readdirSync(directory).filter((name) => name.endsWith(".db"));
  renameSync(join(directory, file), join(directory, "shared-local-instance.db"));
  rmSync(join(directory, "access-key-id"));
  const second = await startLocalDynamoDb({ ...ACCESS, directory, engine: "dynamodb-local" });
  t.after(second.close);
  assert.equal(await readItem(second.url), "before");
});

test("a second one on the same directory says in one line that another is running", async (t) => {
  const directory = join(temporaryDirectory(t), "dynamodb");
  const { url } = await startProcess(t, directory, "dynalite");
  // dynalite opens its database with the first request.
  await writeItem(url, "open");
  await assert.rejects(startLocalDynamoDb({ ...ACCESS, directory, engine: "dynalite" }), {
    name: "StartError",
    message: `another nodeseal is running on ${directory}; stop it, or choose another --data-dir`,
  });
});

test("a damaged database is named, and not begun anew", async (t) => {
  const directory = join(temporaryDirectory(t), "dynamodb");
  const { url, close } = await startLocalDynamoDb({ ...ACCESS, directory, engine: "dynalite" });
  await writeItem(url, "before");
  await close();
  for (const name of readdirSync(directory).filter((file) => file.startsWith("MANIFEST")))
    writeFileSync(join(directory, name), "not a manifest");
  await assert.rejects(startLocalDynamoDb({ ...ACCESS, directory, engine: "dynalite" }), {
    name: "StartError",
    message: new RegExp(`^the database in ${directory} cannot be opened: `),
  });
});

test("a client that hangs up within a request does not end the process", async (t) => {
  const directory = join(temporaryDirectory(t), "dynamodb");
  const { url, close } = await startLocalDynamoDb({ ...ACCESS, directory, engine: "dynalite" });
  t.after(close);
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
  await sleep(50);
  socket.resetAndDestroy();
  await once(socket, "close");
  await writeItem(url, "still there");
  assert.equal(await readItem(url), "still there");
});

test("without Java one line says what to do", (t) => {
  const directory = join(temporaryDirectory(t), "dynamodb");
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "process.ts"), directory, "dynamodb-local"],
    { env: { PATH: "/nonexistent" }, encoding: "utf8" },
  );
  assert.equal(status, 1);
  assert.match(
    stderr,
    /StartError: --dynamodb-local needs Java 17 or newer as `java`, there is none; install it, or run without the option\n/,
  );
});

async function startProcess(t: TestContext, directory: string, engine: Engine) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "process.ts"), directory, engine], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [url] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, url };
}

/** Waits until nobody listens any more: Java ends a moment after the process that it belongs to. */
async function isGone(url: string): Promise<void> {
  while (
    await fetch(url).then(
      () => true,
      () => false,
    )
  )
    await sleep(20);
}

function clientFor(url: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: url,
    ...ACCESS,
    maxAttempts: 1,
  });
}

async function writeItem(url: string, value: string): Promise<void> {
  const client = clientFor(url);
  await client.send(
    new CreateTableCommand({
      TableName: "Things",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  await isActive(client);
  await client.send(new PutItemCommand({ TableName: "Things", Item: { id: { S: "one" }, value: { S: value } } }));
  client.destroy();
}

/** A table that is being made refuses writes, if only for a moment. */
async function isActive(client: DynamoDBClient): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: "Things" }));
  if (Table?.TableStatus === "ACTIVE") return;
  await sleep(10);
  await isActive(client);
}

async function readItem(url: string): Promise<string | undefined> {
  const client = clientFor(url);
  const { Item } = await client.send(
    new GetItemCommand({ TableName: "Things", Key: { id: { S: "one" } }, ConsistentRead: true }),
  );
  client.destroy();
  return Item?.["value"]?.S;
}

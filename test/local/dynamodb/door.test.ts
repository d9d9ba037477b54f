import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { startLocalDynamoDb, type LocalDynamoDbOptions } from "../../../local/dynamodb/local-dynamodb.ts";
import { localKms } from "../../../local/kms/server.ts";
import { localSts } from "../../../local/sts/server.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { ACCESS } from "./access.ts";

const noJava =
  spawnSync("java", ["-version"]).error === undefined || process.env["CI"] !== undefined
    ? false
    : "DynamoDB Local needs Java 17, and there is none";

const ENGINES: readonly { engine: LocalDynamoDbOptions["engine"]; skip: string | false }[] = [
  { engine: "dynalite", skip: false },
  { engine: "dynamodb-local", skip: noJava },
];

/** As the takeover of the review signed its requests: in form only. */
const FAKE_SIGNATURE = `AWS4-HMAC-SHA256 Credential=AKIAABCDEFGHIJKLMNOP/20261130/eu-central-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"a".repeat(64)}`;

interface Raw {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request with nothing between the test and the wire. */
async function raw(url: string, { method = "POST", headers = {}, body = "{}" }: Raw) {
  return new Promise<{ status: number; headers: Readonly<Record<string, unknown>>; text: string }>(
    (resolve, reject) => {
      const outgoing = httpRequest(
        url,
        { method, headers: { "content-length": body.length, ...headers } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("end", () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    },
  );
}

/** A client with these credentials, whose requests bear further headers once they are signed. */
function clientFor(url: string, credentials = ACCESS.credentials, headers: Readonly<Record<string, string>> = {}) {
  const client = new DynamoDBClient({ endpoint: url, region: ACCESS.region, credentials, maxAttempts: 1 });
  client.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: Record<string, string> }).headers, headers);
      return next(args);
    },
    { step: "deserialize", priority: "low" },
  );
  return client;
}

const TOKEN_ITEM = { tokenId: { S: "abcdef" }, allowReplace: { BOOL: true } };

for (const { engine, skip } of ENGINES) {
  describe(`the door to ${engine}`, { skip }, () => {
    const start = async (t: TestContext) => {
      const directory = join(temporaryDirectory(t), "dynamodb");
      const database = await startLocalDynamoDb({ ...ACCESS, directory, engine });
      t.after(database.close);
      const own = clientFor(database.url);
      await own.send(
        new CreateTableCommand({
          TableName: "Tokens",
          KeySchema: [{ AttributeName: "tokenId", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "tokenId", AttributeType: "S" }],
          BillingMode: "PAY_PER_REQUEST",
        }),
      );
      return { directory, own, ...database };
    };
    const target = { "x-amz-target": "DynamoDB_20120810.ListTables", "content-type": "application/x-amz-json-1.0" };
    const signed = { ...target, "x-amz-date": "20261130T120000Z", authorization: FAKE_SIGNATURE };

    it("lets nobody in without the signature, and tells nothing", async (t) => {
      const { url, own } = await start(t);
      const strangers: readonly (Raw & { why: string; status: number })[] = [
        { why: "no signature", headers: target, status: 400 },
        { why: "a signature in form only", headers: signed, status: 400 },
        { why: "a signature in the query", headers: target, status: 400 },
        { why: "a web page", headers: { ...signed, origin: "http://evil.example" }, status: 403 },
        { why: "an opaque web page", headers: { ...signed, origin: "null" }, status: 403 },
        {
          why: "a preflight",
          method: "OPTIONS",
          headers: { origin: "http://evil.example", "access-control-request-method": "POST" },
          body: "",
          status: 403,
        },
        { why: "OPTIONS without an origin", method: "OPTIONS", body: "", status: 403 },
        { why: "DNS rebinding", headers: { ...signed, host: "evil.example:80" }, status: 403 },
        { why: "another port than was signed", headers: { ...signed, host: "127.0.0.1:1" }, status: 400 },
        { why: "a look", method: "GET", body: "", status: 400 },
        { why: "HEAD", method: "HEAD", body: "", status: 400 },
      ];
      for (const { why, status, ...sent } of strangers) {
        const path = why === "a signature in the query" ? "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00" : "/";
        const answer = await raw(new URL(path, url).href, sent);
        assert.equal(answer.status, status, why);
        assert.doesNotMatch(answer.text, /Tokens|healthy/, why);
        const crossOrigin = Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"));
        assert.deepEqual(crossOrigin, [], why);
      }
      assert.deepEqual((await own.send(new ListTablesCommand({}))).TableNames, ["Tokens"]);
    });

    it("takes no token from who signs with another key, from a page, or for another region", async (t) => {
      const { url, own } = await start(t);
      const put = new PutItemCommand({ TableName: "Tokens", Item: TOKEN_ITEM });
      const stranger = { accessKeyId: "AKIAZZZZZZZZZZZZZZZZ", secretAccessKey: "whatever" };
      const sameId = { ...ACCESS.credentials, secretAccessKey: "a guess" };
      await assert.rejects(clientFor(url, stranger).send(put), { name: "InvalidSignatureException" });
      await assert.rejects(clientFor(url, sameId).send(put), { name: "InvalidSignatureException" });
      // Signed, and sent by a page all the same.
      const page = clientFor(url, ACCESS.credentials, { origin: "http://evil.example" });
      await assert.rejects(page.send(put), { name: "AccessDeniedException" });
      const elsewhere = new DynamoDBClient({ endpoint: url, ...ACCESS, region: "us-west-2", maxAttempts: 1 });
      await assert.rejects(elsewhere.send(put), { name: "InvalidSignatureException" });
      const { Item } = await own.send(
        new GetItemCommand({ TableName: "Tokens", Key: { tokenId: TOKEN_ITEM.tokenId } }),
      );
      assert.equal(Item, undefined);
    });
  });
}

describe("Amazon's DynamoDB Local behind its door", { skip: noJava }, () => {
  it("shows another database to who goes round the door, by any key that can be known", async (t) => {
    const directory = join(temporaryDirectory(t), "dynamodb");
    const { url, close, warning } = await startLocalDynamoDb({ ...ACCESS, directory, engine: "dynamodb-local" });
    t.after(close);
    const own = clientFor(url);
    await own.send(
      new CreateTableCommand({
        TableName: "Tokens",
        KeySchema: [{ AttributeName: "tokenId", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "tokenId", AttributeType: "S" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    const port = /port (\d+) of every address/.exec(warning ?? "")?.[1];
    assert.ok(port);
    for (const accessKeyId of [ACCESS.credentials.accessKeyId, "test", "local"]) {
      const client = clientFor(`http://127.0.0.1:${port}`, { accessKeyId, secretAccessKey: "any" });
      assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, [], accessKeyId);
    }
    const secret = readFileSync(join(directory, "access-key-id"), "utf8");
    assert.match(secret, /^[0-9a-f]{32}$/);
    assert.ok(readdirSync(directory).includes(`${secret}_${ACCESS.region}.db`));
    assert.ok(!existsSync(join(directory, "shared-local-instance.db")));
    const listing = spawnSync("ps", ["-eo", "args"], { encoding: "utf8" }).stdout;
    assert.ok(!listing.includes(secret), "the secret is on a command line");
  });
});

describe("the doors to KMS and STS", () => {
  it("are shut to web pages and to names that merely resolve to this machine", async (t) => {
    const kms = localKms({
      file: join(temporaryDirectory(t), "kms.json"),
      accountId: "111122223333",
      ...ACCESS,
    });
    const sts = localSts({ credentials: ACCESS.credentials, accountId: "111122223333" });
    t.after(kms.close);
    t.after(sts.close);
    const { url: kmsUrl } = await kms.start();
    const { url: stsUrl } = await sts.start();
    const headers = { "x-amz-target": "TrentService.ListAliases", "content-type": "application/x-amz-json-1.1" };
    for (const url of [kmsUrl, `${stsUrl}/?Action=GetCallerIdentity`]) {
      const method = url.includes("Action") ? "GET" : "POST";
      for (const stranger of [{ origin: "http://evil.example" }, { host: "evil.example" }]) {
        const answer = await raw(url, { method, headers: { ...headers, ...stranger } });
        assert.equal(answer.status, 403);
      }
      const preflight = await raw(url, { method: "OPTIONS", body: "" });
      assert.equal(preflight.status, 403);
      assert.deepEqual(
        Object.keys(preflight.headers).filter((name) => name.startsWith("access-control-")),
        [],
      );
    }
    assert.equal((await raw(kmsUrl, { headers })).status, 400);
  });
});

import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoDbIssuanceLedger } from "../../../../../adapters/dynamodb/issuance/issuance-ledger.ts";
import type { BootstrapToken } from "../../../../../core/token/bootstrap-token.ts";
import type { IssuanceRecord } from "../../../../../core/ledger/issuance-record.ts";
import { encodeContinue } from "../../../../../lambdas/node-api/kubernetes/read/continue-token.ts";
import { startDynalite } from "../../../../support/dynamodb-servers.ts";
import { freshTable } from "../../../../support/dynamodb-tables.ts";
import { eventsIn, REQUESTS_PATH, send, textOf } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";
import { decision, issuanceRecord } from "../../../../support/stored-records.ts";

const OTHERS = 300;
const MINUTE_MS = 60_000;

/** A service over DynamoDB in which others asked for three hundred certificates within the last two days. */
async function busyService(t: TestContext) {
  const server = await startDynalite();
  t.after(server.close);
  const ledger = dynamoDbIssuanceLedger(await freshTable(server.client, "issuances"));
  const settings = { holdMilliseconds: 300, pollMilliseconds: 20, settleMilliseconds: 30 };
  const service = await startKubernetesService({ ledger, options: { watch: settings } });
  t.after(service.close);
  const ages = Array.from({ length: OTHERS }, (_, index) => index);
  await Promise.all(
    ages.map((age) => {
      const createdAt = new Date(Date.now() - age * 4 * MINUTE_MS);
      const waits = age % 3 === 0 ? {} : { decision: decision({ at: createdAt }) };
      return ledger.createPending(issuanceRecord({ name: `customer-${age}-secret`, createdAt, ...waits }));
    }),
  );
  return { service, ledger, read: itemsRead(server.client) };
}

/** How many items are read from now on, one by one or in batches. */
function itemsRead(client: DynamoDBClient): { count: number } {
  const read = { count: 0 };
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const answer = await next(args);
        if (commandName === "GetItemCommand") read.count++;
        const { Responses = {} } = answer.output as { Responses?: Record<string, unknown[]> };
        read.count += Object.values(Responses).flat().length;
        return answer;
      },
    { step: "initialize" },
  );
  return read;
}

/** What a token asked for, `minutes` minutes ago. */
function ownRecord({ id }: BootstrapToken, name: string, minutes = 0): IssuanceRecord {
  const createdAt = new Date(Date.now() - minutes * MINUTE_MS);
  return issuanceRecord({ name, createdAt, username: `system:bootstrap:${id}`, tokenId: id });
}

async function list(service: KubernetesService, as: BootstrapToken | string, query: string) {
  const { status, json } = await send(service, "GET", `${REQUESTS_PATH}?${query}`, { as });
  const items = (json["items"] ?? []) as unknown as { metadata: { name: string } }[];
  return {
    status,
    names: items.map(({ metadata }) => metadata.name),
    next: textOf(json["metadata"]?.["continue"]),
  };
}

/** A continue token and everything that is encoded in it. */
function decodedWhole(continuation: string): string {
  const { cursor } = JSON.parse(Buffer.from(continuation, "base64url").toString()) as { cursor: string };
  const inner = cursor.replace(/^\w+:/, "");
  return [cursor, Buffer.from(inner, "base64url").toString()].join(" ");
}

describe("what a requester's list costs and tells", () => {
  it("reads none of others' requests to list a token's, nor to watch them", async (t) => {
    const { service, read } = await busyService(t);
    const token = await service.newToken();
    for (const query of [
      "limit=500",
      "limit=1",
      "watch=1",
      `watch=1&resourceVersion=${Date.now() - MINUTE_MS}`,
      "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
    ]) {
      read.count = 0;
      await send(service, "GET", `${REQUESTS_PATH}?${query}`, { as: token });
      assert.equal(read.count, 0, `${query}: items of others were read`);
    }
    assert.deepEqual(service.faults, []);
  });

  it("reads at most a hundred of its own for a page, and gives each once", async (t) => {
    const { service, ledger, read } = await busyService(t);
    const token = await service.newToken();
    const names = Array.from({ length: 230 }, (_, index) => `own-${index}`);
    await Promise.all(names.map((name, index) => ledger.createPending(ownRecord(token, name, index))));
    const seen: string[] = [];
    let next = "";
    do {
      read.count = 0;
      const page = await list(service, token, `limit=500${next === "" ? "" : `&continue=${next}`}`);
      assert.ok(read.count <= 100, `${read.count} items`);
      seen.push(...page.names);
      next = page.next;
    } while (next !== "");
    assert.deepEqual(seen.toSorted(), names.toSorted());

    // Their changes have no order of their own: a watch of so many is refused, in words that help.
    const since = Date.now() - MINUTE_MS;
    const refused = await send(service, "GET", `${REQUESTS_PATH}?watch=1&resourceVersion=${since}`, { as: token });
    assert.equal(refused.status, 405);
    assert.match(textOf(refused.json["message"]), /more than 100 requests .* list them, or watch one by its name/);
  });

  it("names in continue tokens its own rows only", async (t) => {
    const { service, ledger } = await busyService(t);
    const token = await service.newToken();
    for (let age = 0; age < 5; age++) await ledger.createPending(ownRecord(token, `own-${age}`, age * 7));
    let next = "";
    let pages = 0;
    for (let query = "limit=1"; ; query = `limit=1&continue=${next}`) {
      ({ next } = await list(service, token, query));
      if (next === "") break;
      const whole = decodedWhole(next);
      assert.match(whole, /"own-\d"/);
      assert.doesNotMatch(whole, /customer|secret/);
      pages++;
    }
    assert.ok(pages >= 4, `${pages} tokens were looked into`);
  });

  it("takes no continue token of an administrator's list or of another requester's, and gives nothing for a forged one", async (t) => {
    const { service, ledger } = await busyService(t);
    const [token, stranger] = [await service.newToken(), await service.newToken()];
    for (let age = 0; age < 5; age++) await ledger.createPending(ownRecord(token, `own-${age}`, age));
    const ofAll = (await list(service, service.administratorToken, "limit=1")).next;
    const ofToken = (await list(service, token, "limit=1")).next;
    assert.notEqual(ofAll, "");
    assert.notEqual(ofToken, "");
    assert.equal((await list(service, stranger, `continue=${ofAll}`)).status, 400);
    assert.equal((await list(service, stranger, `continue=${ofToken}`)).status, 400);
    assert.equal((await list(service, service.administratorToken, `continue=${ofToken}`)).status, 400);

    const forge = (partition: string, at: number, name: string): string => {
      const position = [
        ["byToken", partition],
        [String(at), name],
      ];
      const cursor = `own:${Buffer.from(JSON.stringify(position)).toString("base64url")}`;
      return encodeContinue({ startedAt: new Date(), cursor });
    };
    const [now, longAgo] = [Date.now(), Date.now() - 365 * 24 * 60 * MINUTE_MS];
    for (const position of [now, longAgo, 0, 9_999_999_999_999].flatMap((at) => [
      forge(stranger.id, at, "customer-1-secret"),
      forge(stranger.id, at, "own-3"),
    ])) {
      const { status, names } = await list(service, stranger, `continue=${position}`);
      assert.deepEqual([status, names], [200, []]);
    }
    for (const partition of [token.id, "abcdef", "~system:node:n1", ""])
      assert.equal((await list(service, stranger, `continue=${forge(partition, now, "own-3")}`)).status, 400);
    assert.deepEqual(service.faults, []);
  });

  it("tells a watch of what happened to its own, what went by its age too", async (t) => {
    const { service, ledger } = await busyService(t);
    const token = await service.newToken();
    const since = Date.now() - 10 * MINUTE_MS;
    await ledger.createPending(ownRecord(token, "old", 24 * 60 + 5));
    await ledger.createPending(ownRecord(token, "denied", 30));
    await ledger.decide("denied", decision({ outcome: "Denied", at: new Date(since + MINUTE_MS) }));
    await ledger.createPending(ownRecord(token, "new", 5));
    await ledger.createPending(ownRecord(token, "quiet", 40));
    const path = `${REQUESTS_PATH}?watch=1&resourceVersion=${since}`;
    const told = eventsIn(await send(service, "GET", path, { as: token }));
    assert.deepEqual(
      told.map(({ type, object }) => [type, object["metadata"]?.["name"]]),
      [
        ["MODIFIED", "denied"],
        ["DELETED", "old"],
        ["ADDED", "new"],
      ],
    );
  });
});

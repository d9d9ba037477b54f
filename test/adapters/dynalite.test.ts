import { after, before, describe } from "node:test";
import { startDynalite, type DynamoDbServer } from "../support/dynamodb-servers.ts";
import { dynamoDbContracts } from "./contract/dynamodb.contract.ts";

describe("the DynamoDB adapters on dynalite", () => {
  let server: DynamoDbServer | undefined;
  before(async () => {
    server = await startDynalite();
  });
  after(() => server?.close());

  dynamoDbContracts(() => {
    if (server === undefined) throw new Error("dynalite has not started");
    return server;
  });
});

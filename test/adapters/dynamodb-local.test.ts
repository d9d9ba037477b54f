import { after, before, describe, it } from "node:test";
import { startDynamoDbLocal, whyNoDynamoDbLocal, type DynamoDbServer } from "../support/dynamodb-servers.ts";
import { dynamoDbContracts } from "./contract/dynamodb.contract.ts";

const skip = whyNoDynamoDbLocal() ?? false;

// A skipped suite counts for nothing in the summary; a skipped test is named there with its reason.
it("has Amazon's DynamoDB Local to test the adapters on", { skip }, () => undefined);

describe("the DynamoDB adapters on Amazon's DynamoDB Local", { skip }, () => {
  let server: DynamoDbServer | undefined;
  before(async () => {
    server = await startDynamoDbLocal();
  });
  after(() => server?.close());

  dynamoDbContracts(() => {
    if (server === undefined) throw new Error("DynamoDB Local has not started");
    return server;
  });
});

import { after, before, describe } from "node:test";
import { startDynamoDbLocal, whyNoDynamoDbLocal, type DynamoDbServer } from "../support/dynamodb-servers.ts";
import { dynamoDbContracts } from "./dynamodb.contract.ts";

const skip = whyNoDynamoDbLocal() ?? false;

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

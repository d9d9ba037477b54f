import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LEAN_SETTINGS, leanClient } from "../lean-client.ts";

/**
 * The DynamoDB client with our limits; region, endpoint and credentials are the SDK's own business. A single-item call
 * takes milliseconds: what takes seconds is lost, and a second connection is the better try. All four attempts together
 * stay well inside the 25 s an issuance may take.
 */
export function dynamoDbClient(): DynamoDBClient {
  const client = new DynamoDBClient({
    ...LEAN_SETTINGS,
    maxAttempts: 4,
    // The SDK only warns about a late answer unless told to give up.
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
  });
  return leanClient(client);
}

// Runs a local DynamoDB in a process of its own, for tests that kill it: prints its URL, then waits.
import { startLocalDynamoDb } from "../../../local/dynamodb/local-dynamodb.ts";
import { ACCESS } from "./access.ts";

const [directory = "", engine = ""] = process.argv.slice(2);
const { url } = await startLocalDynamoDb({
  ...ACCESS,
  directory,
  engine: engine === "dynamodb-local" ? "dynamodb-local" : "dynalite",
});
console.log(url);
setInterval(() => undefined, 1000);

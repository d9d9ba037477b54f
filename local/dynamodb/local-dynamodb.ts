import { mkdirSync } from "node:fs";
import { startAmazonDynamoDb } from "./amazon-dynamodb.ts";
import type { DynamoDbAccess } from "./door.ts";
import { startDynalite } from "./embedded-dynamodb.ts";

export interface LocalDynamoDbOptions extends DynamoDbAccess {
  /** Where the tables are kept; made when it is not there. */
  readonly directory: string;
  /** dynalite, in this process; or Amazon's DynamoDB Local, which needs Java. */
  readonly engine: "dynalite" | "dynamodb-local";
}

export interface LocalDynamoDb {
  readonly url: string;
  readonly close: () => Promise<void>;
  /** What the user has to know of this engine, in one line. */
  readonly warning?: string;
}

/**
 * Starts a DynamoDB for this machine and these credentials; nobody else gets at what is in it. What it has acknowledged outlives the process, however that ends.
 *
 * @throws StartError when another process has the directory, when it is damaged, or when Java is missing
 */
export async function startLocalDynamoDb({
  directory,
  engine,
  ...access
}: LocalDynamoDbOptions): Promise<LocalDynamoDb> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return engine === "dynalite" ? startDynalite(directory, access) : startAmazonDynamoDb(directory, access);
}

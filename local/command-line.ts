import { Command, CommanderError, InvalidArgumentError } from "commander";

export interface LocalOptions {
  /** 0 picks a free port. */
  readonly port: number;
  readonly dataDir: string;
  readonly dynamodbLocal: boolean;
  readonly config: string | undefined;
  readonly kmsLatencyMs: number;
}

const EXAMPLES = `
Examples:
  npm start                                  the service on https://127.0.0.1:8443, data in .nodeseal
  npm start -- --port 0                      on a free port
  npm start -- --data-dir /tmp/try           another CA, other tokens, other certificates
  npm start -- --config nodeseal.config.json the deployment's own configuration and policy
  npm start -- --dynamodb-local              Amazon's DynamoDB Local in place of the embedded one (Java 17)`;

/** @throws CommanderError, after printing the usage, for arguments that the usage does not allow */
export function parseCommandLine(args: readonly string[]): LocalOptions {
  const command = new Command("npm start --")
    .description(
      "Runs the whole service on this machine: the real handlers, an embedded DynamoDB, a KMS that speaks the KMS protocol.",
    )
    .option("--port <number>", "port on 127.0.0.1; 0 takes a free one", wholeNumber(65_535), 8443)
    .option("--data-dir <directory>", "where CA, tokens and certificates are kept", ".nodeseal")
    .option("--dynamodb-local", "use Amazon's DynamoDB Local (needs Java 17; it listens on every interface)", false)
    .option("--config <file>", "configuration file, as for a deployment (docs/policy.md has the policy)")
    .option(
      "--kms-latency-ms <number>",
      "delay every answer of the local KMS, as distance would",
      wholeNumber(60_000),
      0,
    )
    .addHelpText("after", EXAMPLES)
    .exitOverride()
    .allowExcessArguments(false)
    .parse(args, { from: "user" });
  const { port, dataDir, dynamodbLocal, config, kmsLatencyMs } = command.opts<LocalOptions>();
  return { port, dataDir, dynamodbLocal, config, kmsLatencyMs };
}

/** Whether commander stopped because of --help or --version, which is no error. */
export function isHelp(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}

function wholeNumber(most: number): (text: string) => number {
  return (text) => {
    if (!/^\d{1,6}$/.test(text) || Number(text) > most)
      throw new InvalidArgumentError(`must be a whole number from 0 to ${most}.`);
    return Number(text);
  };
}

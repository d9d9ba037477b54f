import { Command, CommanderError } from "commander";
import { EXIT_STATUS, messageOf, UsageError } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import type { RunSignals } from "../keeper/run-signals.ts";
import { printable } from "../output/printable-text.ts";
import { AGENT_VERSION } from "../program/agent-version.ts";
import { addJoinCommand } from "./join-command.ts";
import { addRenewCommand } from "./renew-command.ts";
import { addRunCommand } from "./run-command.ts";
import { addStatusCommand } from "./status-command.ts";
import { addTrustCommand } from "./trust-command.ts";
import { ExpiredCertificateError } from "../issuance/expired-certificate.ts";

const DESCRIPTION = "The node's side of Nodeseal: trades a bootstrap token for a certificate, and renews it for ever.";

const EPILOGUE = `
A node's life:
  $ nodeseal-agent join --url https://nodeseal.example --token-file token --node worker-1
  $ nodeseal-agent status
  $ nodeseal-agent run --exec 'systemctl reload my-service'
Each command has examples of its own: nodeseal-agent join --help

Exit status: 0 done; 1 refused or failed (stderr says what to do); 2 wrong usage; 3 no usable certificate
(status), or an expired one that could not be renewed (renew).
Environment: NODESEAL_URL, NODESEAL_CA_FILE (for join), HTTPS_PROXY, NO_PROXY.`;

/**
 * Runs one command line.
 *
 * @param argv without the program's name
 * @param signals what may stop or wake a command that keeps running
 * @returns the exit status
 */
export async function runCommandLine(
  argv: readonly string[],
  services: AgentServices,
  signals: RunSignals,
): Promise<number> {
  let exitStatus: number = EXIT_STATUS.done;
  const program = new Command("nodeseal-agent")
    .description(DESCRIPTION)
    .version(AGENT_VERSION, "-V, --version")
    .addHelpText("after", EPILOGUE)
    .exitOverride();
  const finish = (status: number): void => {
    exitStatus = status;
  };
  addJoinCommand(program, services);
  addRenewCommand(program, services);
  addRunCommand(program, services, signals);
  addStatusCommand(program, services, finish);
  addTrustCommand(program, services, signals);
  for (const command of [program, ...program.commands]) printAs(services, command);
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitStatus;
  } catch (error) {
    // Commander has already printed its message, or the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_STATUS.done : EXIT_STATUS.wrongUsage;
    services.note(`nodeseal-agent: ${messageOf(error)}`);
    if (error instanceof ExpiredCertificateError) return EXIT_STATUS.noCertificate;
    return error instanceof UsageError ? EXIT_STATUS.wrongUsage : EXIT_STATUS.failed;
  }
}

/** Prints Commander's "error: … (Did you mean …?)" on one line, with a hint at the right help. */
function printAs({ print, note }: AgentServices, command: Command): void {
  const path = command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
  command.configureOutput({
    writeOut: (text) => print(text.trimEnd()),
    writeErr: (text) => note(text.trimEnd()),
    outputError: (text) => {
      const message = text
        .trim()
        .replace(/^error: /, "")
        .replace(/(?<=argument '[^]{80})[^]*(?=' is invalid\.)/, "…")
        .replace(/\s+/g, " ")
        .replace(/\.$/, "");
      note(`nodeseal-agent: ${withoutSecrets(printable(message))}; see ${path} --help`);
    },
  });
}

/** A misplaced argument may be a token, or nearly one. */
function withoutSecrets(message: string): string {
  return message.replace(/\b([a-z0-9]{6})\.[A-Za-z0-9]{6,}/g, "$1.<secret>");
}

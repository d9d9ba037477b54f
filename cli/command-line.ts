import { Command, CommanderError, Option } from "commander";
import { CLI_VERSION } from "./program/cli-version.ts";
import { addCommandGroups } from "./command-groups.ts";
import { addCompletionCommands } from "./completion-commands.ts";
import { addDoctorCommands } from "./doctor-commands.ts";
import { addKubernetesCommands } from "./commands/kubernetes/kubernetes-commands.ts";
import { OUTPUT_FORMATS, type CommandContext } from "./invocation/invocation.ts";
import { EXIT_STATUS, messageOf, UsageError } from "./program/operator-error.ts";
import { bold } from "./output/tone.ts";
import { printable } from "./output/printable-text.ts";

const DESCRIPTION = "The operator's side of Nodeseal: who may join, who has which certificate, and who no longer has.";

const EPILOGUE = `
A first certificate:
  $ . .nodeseal/env                                   # a local service
  $ export NODESEAL_STACK=nodeseal AWS_REGION=eu-central-1    # or one on AWS
  $ nodeseal token create --node worker-1 --max-uses 1 --print-join-command
  $ nodeseal cert list --node worker-1

Each command has examples of its own: nodeseal token create --help

Environment:
  NODESEAL_URL        the service's https address
  NODESEAL_STACK      its CloudFormation stack, where no address is given
  NODESEAL_CA_FILE    PEM of the CAs that may speak for it (default: the public web PKI)
  AWS_…               credentials and region, as for every AWS tool (AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_REGION, …)
  NO_COLOR            no colours; HTTPS_PROXY, NO_PROXY: as customary

Exit status: 0 done; 1 refused or failed (stderr says what to do); 2 wrong usage.`;

export type ProcessContext = Omit<CommandContext, "fail">;

/**
 * Runs one command line.
 *
 * @param argv without the program's name
 * @returns the exit status
 */
export async function runCommandLine(argv: readonly string[], processContext: ProcessContext): Promise<number> {
  const { screen } = processContext;
  let exitStatus: number = EXIT_STATUS.done;
  const fail = (error: unknown): void => {
    screen.note(`nodeseal: ${printable(messageOf(error))}`);
    exitStatus = error instanceof UsageError ? EXIT_STATUS.wrongUsage : EXIT_STATUS.failed;
  };
  const program = commandTree({ ...processContext, fail });
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    // Commander has already printed its message, or the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_STATUS.done : EXIT_STATUS.wrongUsage;
    fail(error);
  }
  return exitStatus;
}

function commandTree(context: CommandContext): Command {
  const { screen } = context;
  const program = new Command("nodeseal")
    .description(DESCRIPTION)
    .version(CLI_VERSION, "-V, --version")
    .option("--url <url>", "the service's https address (default: NODESEAL_URL)")
    .option("--stack <name>", "the service's CloudFormation stack, which knows its address (default: NODESEAL_STACK)")
    .option("--region <region>", "the AWS region of the stack and the service (default: AWS_REGION)")
    .addOption(new Option("-o, --output <format>", "how to print").choices(OUTPUT_FORMATS).default("table"))
    .addHelpText("after", EPILOGUE)
    .helpCommand(false)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => (screen.hasColour ? bold(title) : title) });
  const addCommandsOf = addCommandGroups(program, context);
  const load = async (group: Command): Promise<void> => {
    await addCommandsOf(group);
    for (const command of group.commands) printToScreen(command, screen);
  };
  addKubernetesCommands(program, context);
  addDoctorCommands(program, context);
  addCompletionCommands(program, context, load);
  addHelpCommand(program, load);
  program.hook("preSubcommand", (_program, group) => load(group));
  for (const command of [program, ...program.commands]) printToScreen(command, screen);
  return program;
}

/** Commander's own command goes only one level deep: `nodeseal help token create` would show the help of `token`. */
function addHelpCommand(program: Command, load: (group: Command) => Promise<void>): void {
  program
    .command("help")
    .summary("show the help of a command")
    .argument("[command...]", "such as: token create")
    .action(async (path: readonly string[]) => {
      let command = program;
      for (const name of path) {
        const inner = command.commands.find((candidate) => candidate.name() === name);
        if (inner === undefined) throw new UsageError(`there is no command ${path.join(" ")}; see nodeseal --help`);
        await load(inner);
        command = inner;
      }
      command.help();
    });
}

/** Prints Commander's "error: … (Did you mean …?)" on one line, with a hint at the right help. */
function printToScreen(command: Command, screen: CommandContext["screen"]): void {
  const path = [...ancestors(command), command].map((one) => one.name()).join(" ");
  command.configureOutput({
    writeOut: screen.write,
    writeErr: (text) => screen.note(text.trimEnd()),
    outputError: (text) => {
      const message = text
        .trim()
        .replace(/^error: /, "")
        .replace(/\s+/g, " ")
        .replace(/\.$/, "");
      screen.note(`nodeseal: ${printable(withoutSecrets(message))}; see ${path} --help`);
    },
    getOutHasColors: () => screen.hasColour,
    getErrHasColors: () => screen.hasColour,
    getOutHelpWidth: () => screen.columns,
    getErrHelpWidth: () => screen.columns,
  });
}

function ancestors(command: Command): Command[] {
  return command.parent === null ? [] : [...ancestors(command.parent), command.parent];
}

/** A misplaced argument may be a token, or nearly one. */
function withoutSecrets(message: string): string {
  return message.replace(/\b([a-z0-9]{6})\.[A-Za-z0-9]{6,}/g, "$1.<secret>");
}

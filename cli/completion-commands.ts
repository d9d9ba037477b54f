import { Argument, type Command } from "commander";
import type { CompletionSources } from "./commands/completion/candidates.ts";
import type { Shell } from "./commands/completion/shell-scripts.ts";
import type { CommandContext } from "./invocation/invocation.ts";

const EPILOGUE = `
Examples:
  $ nodeseal completion bash | sudo tee /etc/bash_completion.d/nodeseal >/dev/null
  $ nodeseal completion zsh > "\${fpath[1]}/_nodeseal"
  $ nodeseal completion fish > ~/.config/fish/completions/nodeseal.fish
  In this shell only:
  $ . <(nodeseal completion bash)

Names, ids and serial numbers are asked of the service that NODESEAL_URL or NODESEAL_STACK names.`;

/** `completion`, for people, and `complete`, which the printed scripts call. */
export function addCompletionCommands(
  program: Command,
  context: CommandContext,
  load: CompletionSources["load"],
): void {
  program
    .command("completion")
    .summary("commands, options and names for the tab key: bash, zsh, fish")
    .description("Prints a script that lets a shell complete commands, options, names and ids.")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"] satisfies Shell[]))
    .addHelpText("after", EPILOGUE)
    .action(async (shell: Shell) => {
      const { SHELL_SCRIPTS } = await import("./commands/completion/shell-scripts.ts");
      context.screen.write(SHELL_SCRIPTS[shell]);
    });
  const complete = program.command("complete", { hidden: true }).argument("[words...]");
  complete.action(async (words: readonly string[]) => {
    const { candidatesFor } = await import("./commands/completion/candidates.ts");
    const { namesOnRecord } = await import("./commands/completion/names-on-record.ts");
    const namesOf = (group: string) => namesOnRecord(group, complete, context);
    const candidates = await candidatesFor(program, words, { load, namesOf });
    context.screen.write(candidates.map(({ text, description }) => `${text}\t${description}\n`).join(""));
  });
}

import { Option, type Command } from "commander";
import type { AgentServices } from "../program/agent-services.ts";
import { DEFAULT_DIRECTORY } from "../commands/defaults.ts";
import { addHookOptions, HOOK_HELP, hookFrom, type HookFlags } from "./hook-options.ts";
import { durationOption } from "./option-values.ts";

const EXAMPLES = `
Examples:
  For a timer, instead of "nodeseal-agent run":
  $ nodeseal-agent renew --exec 'systemctl reload my-service'

  Now, because the key may have leaked:
  $ nodeseal-agent renew --force
${HOOK_HELP}`;

interface RenewFlags extends HookFlags {
  readonly dir: string;
  readonly force?: boolean;
  readonly wait: number;
}

export function addRenewCommand(program: Command, services: AgentServices): void {
  const command = program
    .command("renew")
    .summary("renew the certificate once, if it is due")
    .description(
      "Renews the certificate once, if it is due, with a new key. The old pair stays until the new one is complete.",
    )
    .option("--dir <dir>", "where the certificate is kept", DEFAULT_DIRECTORY)
    .option("--force", "also when it is not due yet")
    .addOption(
      new Option("--wait <duration>", "how long to try; 0: one attempt").argParser(durationOption).default(120, "2m"),
    );
  addHookOptions(command)
    .addHelpText("after", EXAMPLES)
    .action(async (flags: RenewFlags) => {
      const { dir, force = false, wait } = flags;
      const { renew } = await import("../commands/renew.ts");
      await renew({ directoryPath: dir, isForced: force, waitSeconds: wait, hook: hookFrom(flags) }, services);
    });
}

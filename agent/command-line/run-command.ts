import { Option, type Command } from "commander";
import type { AgentServices } from "../program/agent-services.ts";
import { DEFAULT_DIRECTORY } from "../commands/defaults.ts";
import type { LogFormat } from "../output/event-log.ts";
import type { RunSignals } from "../keeper/run-signals.ts";
import { addHookOptions, HOOK_HELP, hookFrom, type HookFlags } from "./hook-options.ts";

const EXAMPLES = `
Examples:
  $ nodeseal-agent run
  $ nodeseal-agent run --dir /etc/db/tls --exec 'systemctl reload db'
  $ nodeseal-agent run --log-format json

Signals: HUP looks at once whether there is something to do (and ends any waiting after a failure); TERM and INT stop.
Health: nodeseal-health.json in the directory; "status" in it is ok, retrying, refused, expired, unusable or stopped.
Every event is one line on stdout.
${HOOK_HELP}`;

interface RunFlags extends HookFlags {
  readonly dir: string;
  readonly logFormat: LogFormat;
}

export function addRunCommand(program: Command, services: AgentServices, signals: RunSignals): void {
  const command = program
    .command("run")
    .summary("keep running, and renew the certificate in time")
    .description(
      "Keeps running, and renews the certificate when the service says, or at 70 to 90 percent of its lifetime. Survives outages.",
    )
    .option("--dir <dir>", "where the certificate is kept", DEFAULT_DIRECTORY)
    .addOption(
      new Option("--log-format <format>", "how events are written").choices(["logfmt", "json"]).default("logfmt"),
    );
  addHookOptions(command)
    .addHelpText("after", EXAMPLES)
    .action(async (flags: RunFlags) => {
      const { run } = await import("../commands/run.ts");
      await run({ directoryPath: flags.dir, hook: hookFrom(flags), logFormat: flags.logFormat }, services, signals);
    });
}

import { Option, type Command } from "commander";
import type { AgentServices } from "../program/agent-services.ts";
import { DEFAULT_DIRECTORY } from "../commands/defaults.ts";
import { prefixOption } from "./option-values.ts";

const EXAMPLES = `
Examples:
  $ nodeseal-agent status
  $ nodeseal-agent status --dir /etc/db/tls
  $ nodeseal-agent status -o json | jq -r .notAfter
  $ nodeseal-agent status >/dev/null || echo "no usable certificate"

Exit status: 0 usable; 3 missing, broken or expired; 4 the service has refused it, so another one is needed;
1 the directory cannot be read.`;

interface StatusFlags {
  readonly dir: string;
  readonly name?: string;
  readonly output: "text" | "json";
}

export function addStatusCommand(
  program: Command,
  services: AgentServices,
  finish: (exitStatus: number) => void,
): void {
  program
    .command("status")
    .summary("show the certificate here, how long it is valid, and when it is renewed")
    .description(
      "Shows the certificate here, how long it is valid, and when it is renewed. Contacts no service and changes nothing.",
    )
    .option("--dir <dir>", "where the certificate is kept", DEFAULT_DIRECTORY)
    .option("--name <prefix>", "prefix of the file names (default: as joined)", prefixOption)
    .addOption(new Option("-o, --output <format>", "format").choices(["text", "json"]).default("text"))
    .addHelpText("after", EXAMPLES)
    .action(async ({ dir, name, output }: StatusFlags) => {
      const { status } = await import("../commands/status.ts");
      finish(status({ directoryPath: dir, prefix: name, output }, services));
    });
}

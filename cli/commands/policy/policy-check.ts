import type { Command } from "commander";
import { offlineInvocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { tableText } from "../../output/table.ts";
import { present } from "../../invocation/presentation.ts";
import { RULE_COLUMNS } from "./policy-columns.ts";

const EXAMPLES = `
Examples:
  $ nodeseal policy check policy.json
  $ nodeseal policy check production.json && npm run synth -- -c config=production.json
  $ nodeseal policy check policy.json -o json | jq '.rules[].name'`;

export function addPolicyCheck(policies: Command, context: CommandContext): void {
  policies
    .command("check")
    .summary("check a policy file and show its rules")
    .description(
      "Reads a policy, or the configuration file that holds or names it, as synthesis does. Shows its rules with every default filled in. Ignores the rest of a configuration. Needs no service.",
    )
    .argument("<file>", "JSON: a policy, or a configuration with policy or policyFile")
    .addHelpText("after", EXAMPLES)
    .action(async (path: string, _flags: unknown, command: Command) => {
      const invocation = offlineInvocationOf(command, context);
      // The schema takes a while to load, and help does not need it.
      const { readPolicyFile } = await import("./policy-file.ts");
      const policy = readPolicyFile(path);
      await present(invocation, { ...policy }, () =>
        tableText(
          RULE_COLUMNS,
          policy.rules.map((rule) => ({ ...rule })),
          context.clock(),
          context.screen,
        ),
      );
      if (invocation.format === "table" && policy.rules.length === 0)
        context.screen.note("nodeseal: the policy has no rules: nobody can get a certificate");
    });
}

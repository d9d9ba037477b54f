import type { Command } from "commander";
import { objectsMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { invocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { present } from "../../invocation/presentation.ts";
import { tableText } from "../../output/table.ts";
import { RULE_COLUMNS } from "./policy-columns.ts";

/** The policy in force. */
export const POLICY_PATH = "/v1/admin/policy";

export function addPolicyShow(policies: Command, context: CommandContext): void {
  policies
    .command("show")
    .summary("show the policy in force")
    .description("Shows the policy that the service decides by, rule by rule, with every default filled in.")
    .addHelpText(
      "after",
      `
Examples:
  $ nodeseal policy show
  $ nodeseal policy show -o json > policy.json    # what policy check and the configuration take`,
    )
    .action(async (_flags: unknown, command: Command) => {
      const invocation = await invocationOf(command, context);
      const { screen, clock } = invocation;
      const policy = await invocation.service.get(POLICY_PATH);
      await present(invocation, policy, () => {
        const rules = objectsMember(policy, "rules") ?? [];
        const table = tableText(RULE_COLUMNS, rules, clock(), screen);
        return screen.isTerminal ? `${table}${footerOf(policy)}\n` : table;
      });
    });
}

function footerOf(policy: JsonObject): string {
  const names = policy["protectLiveNames"] === false ? "a live name may be taken over" : "live names are protected";
  return `policy ${textMember(policy, "version") ?? ""}: ${names}; what no rule allows is denied`;
}

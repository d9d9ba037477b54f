import type { Command } from "commander";
import type { CommandContext } from "../../invocation/invocation.ts";
import { addPolicyCheck } from "./policy-check.ts";
import { addPolicyDiff } from "./policy-diff.ts";
import { addPolicyShow } from "./policy-show.ts";
import { addPolicySimulate } from "./policy-simulate.ts";

export function addPolicyCommands(policies: Command, context: CommandContext): void {
  addPolicyCheck(policies, context);
  addPolicyShow(policies, context);
  addPolicyDiff(policies, context);
  addPolicySimulate(policies, context);
}

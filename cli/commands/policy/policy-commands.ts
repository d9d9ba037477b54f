import type { Command } from "commander";
import type { CommandContext } from "../../invocation/invocation.ts";
import { addPolicyCheck } from "./policy-check.ts";
import { addPolicySimulate } from "./policy-simulate.ts";

export function addPolicyCommands(program: Command, context: CommandContext): void {
  const policies = program
    .command("policy")
    .summary("who may have which certificate: check, simulate")
    .description("Policy: who may have which certificate.");
  addPolicyCheck(policies, context);
  addPolicySimulate(policies, context);
}

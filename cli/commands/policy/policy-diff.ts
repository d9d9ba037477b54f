import type { Command } from "commander";
import { isJsonObject, objectsMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { invocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { present } from "../../invocation/presentation.ts";
import { printable } from "../../output/printable-text.ts";
import { POLICY_PATH } from "./policy-show.ts";

/** One thing that a deployment of the file would change. */
interface Difference {
  /** Absent: of the policy as a whole. */
  readonly rule?: string;
  readonly member?: string;
  readonly inForce?: unknown;
  readonly inFile?: unknown;
}

export function addPolicyDiff(policies: Command, context: CommandContext): void {
  policies
    .command("diff")
    .summary("what a policy file would change")
    .description("Compares a policy, or the configuration that holds or names it, with the policy in force.")
    .argument("<file>", "JSON: a policy, or a configuration with policy or policyFile")
    .addHelpText(
      "after",
      `
Examples:
  $ nodeseal policy diff production.json
  $ nodeseal policy diff policy.json -o json | jq -r '.differences[].rule'

Defaults are filled in on both sides. The order of rules matters, and a rule that moved is told.`,
    )
    .action(async (path: string, _flags: unknown, command: Command) => {
      const { readPolicyFile } = await import("./policy-file.ts");
      const inFile = { ...readPolicyFile(path) };
      const invocation = await invocationOf(command, context);
      const inForce = await invocation.service.get(POLICY_PATH);
      const differences = differencesOf(inForce, JSON.parse(JSON.stringify(inFile)) as unknown);
      await present(invocation, { differences }, () =>
        differences.length === 0 ? "no difference\n" : differences.map(lineOf).join(""),
      );
    });
}

function differencesOf(inForce: JsonObject, file: unknown): readonly Difference[] {
  const inFile = isJsonObject(file) ? file : {};
  const [old, wanted] = [rulesOf(inForce), rulesOf(inFile)];
  const names = [...new Set([...old.keys(), ...wanted.keys()])];
  const rules = names.flatMap((rule): readonly Difference[] => {
    const [before, after] = [old.get(rule), wanted.get(rule)];
    if (before === undefined) return [{ rule, inFile: after }];
    if (after === undefined) return [{ rule, inForce: before }];
    return membersOf(before, after).map((difference) => ({ rule, ...difference }));
  });
  const [order, newOrder] = [
    [...old.keys()].filter((name) => wanted.has(name)),
    [...wanted.keys()].filter((name) => old.has(name)),
  ];
  const moved = isSame(order, newOrder) ? [] : [{ member: "order of rules", inForce: order, inFile: newOrder }];
  return [...membersOf(inForce, inFile).filter(({ member }) => member !== "rules"), ...rules, ...moved];
}

function rulesOf(policy: JsonObject): ReadonlyMap<string, JsonObject> {
  return new Map((objectsMember(policy, "rules") ?? []).map((rule) => [textMember(rule, "name") ?? "", rule]));
}

function membersOf(before: JsonObject, after: JsonObject): readonly Difference[] {
  const members = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return members
    .filter((member) => !isSame(before[member], after[member]))
    .map((member) => ({ member, inForce: before[member], inFile: after[member] }));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function lineOf({ rule, member, inForce, inFile }: Difference): string {
  const where = rule === undefined ? "policy" : `rule ${rule}`;
  const text = (value: unknown): string => printable(value === undefined ? "none" : JSON.stringify(value));
  if (member === undefined)
    return inForce === undefined ? `${where}: new: ${text(inFile)}\n` : `${where}: gone: ${text(inForce)}\n`;
  return `${where}: ${member}: ${text(inForce)} → ${text(inFile)}\n`;
}

import type { Command } from "commander";
import { textMember } from "../../../core/input/json-object.ts";
import { invocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { present } from "../../invocation/presentation.ts";
import { printable } from "../../output/printable-text.ts";

/** Whom the service takes us for, and its clock. */
export const WHOAMI_PATH = "/v1/admin/whoami";

export async function printPrincipal(command: Command, context: CommandContext): Promise<void> {
  const invocation = await invocationOf(command, context);
  const caller = await invocation.service.get(WHOAMI_PATH);
  await present(invocation, caller, () => `${printable(textMember(caller, "principal") ?? "")}\n`);
}

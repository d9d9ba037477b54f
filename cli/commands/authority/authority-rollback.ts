import { Option, type Command } from "commander";
import { objectsMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { AUTHORITIES_PATH } from "./authority-path.ts";
import { invocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { addConfirmation, mayGoOn, type ConfirmationFlags, type Effect } from "../../invocation/confirmation.ts";
import { OperatorError } from "../../program/operator-error.ts";
import { follow, waitOption } from "./authority-change-requests.ts";

interface RollbackFlags extends ConfirmationFlags {
  readonly role: string;
  readonly wait: number;
}

export function addAuthorityRollback(authorities: Command, context: CommandContext): void {
  addConfirmation(authorities.command("rollback"))
    .summary("let the CA before the active one sign again")
    .description(
      "Takes back the last activation: the CA that signed before signs again, and the one that signs now goes on being trusted (retiring). Works until the one before is retired. Servers have known it all the time, so nothing waits.",
    )
    .addOption(new Option("--role <role>", "of which kind").choices(["issuing", "root"]).default("issuing"))
    .addOption(waitOption())
    .addHelpText("after", "\nExamples:\n  $ nodeseal ca rollback --wait 6m\n  $ nodeseal ca rollback --role root")
    .action(async ({ role, wait, ...flags }: RollbackFlags, command: Command) => {
      const invocation = await invocationOf(command, context);
      const answer = await invocation.service.get(AUTHORITIES_PATH);
      const items = objectsMember(answer, "items") ?? [];
      const id = predecessorOf(items, role);
      if (!(await mayGoOn(invocation, flags, true, () => Promise.resolve(rollbackEffect(items, role, id))))) return;
      const changeRequest = await invocation.service.post(`${AUTHORITIES_PATH}/${id}/activate`, { force: false });
      await follow(invocation, changeRequest, wait);
    });
}

/** Nobody is left behind: validators trust both. */
function rollbackEffect(authorities: readonly JsonObject[], role: string, id: string): Effect {
  const isActive = (one: JsonObject): boolean =>
    textMember(one, "role") === role && textMember(one, "state") === "active";
  const active = textMember(authorities.find(isActive) ?? {}, "id") ?? "the active one";
  const line = `rollback would let ${id} sign again in place of ${active}, which goes on being trusted (retiring)`;
  return { lines: [line], hitsOthers: false };
}

/** The one that signed last. @throws OperatorError when none is left */
function predecessorOf(authorities: readonly JsonObject[], role: string): string {
  const since = (one: JsonObject): string => textMember(one, "stateSince") ?? "";
  const [last] = authorities
    .filter((one) => textMember(one, "role") === role && textMember(one, "state") === "retiring")
    .sort((one, other) => since(other).localeCompare(since(one)));
  const id = last && textMember(last, "id");
  if (id !== undefined) return id;
  throw new OperatorError(
    `there is no ${role} CA to go back to: the one before the active one is retired, or there was none; see nodeseal ca show`,
  );
}

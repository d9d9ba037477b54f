import type { Command } from "commander";
import { OperatorError } from "../program/operator-error.ts";
import { printable } from "../output/printable-text.ts";
import type { Invocation } from "./invocation.ts";

export interface ConfirmationFlags {
  readonly dryRun?: true;
  readonly yes?: true;
}

/** What a command is about to do, found out before it does. */
export interface Effect {
  /** One line each. */
  readonly lines: readonly string[];
  /** Whether more is hit than what the command names. */
  readonly hitsOthers: boolean;
}

/** For commands that revoke, release, retire or activate. */
export function addConfirmation(command: Command): Command {
  return command
    .option("--dry-run", "say what would be done, and to whom, and do nothing")
    .option("--yes", "do not ask; needed off a terminal where more is hit than what is named");
}

/**
 * Whether to go on. On a terminal somebody is asked. Elsewhere what hits no more than it names is done, as scripts expect.
 *
 * @param effect is looked for only where it is shown or decides
 * @returns false after a dry run
 * @throws OperatorError when the answer is no, or nobody can be asked
 */
export async function mayGoOn(
  { screen }: Pick<Invocation, "screen">,
  { dryRun, yes }: ConfirmationFlags,
  isNamedOnly: boolean,
  effect: () => Promise<Effect>,
): Promise<boolean> {
  if (dryRun === true) {
    for (const line of (await effect()).lines) screen.write(`${printable(line)}\n`);
    screen.write("nothing was done: --dry-run\n");
    return false;
  }
  if (yes === true || (screen.ask === undefined && isNamedOnly)) return true;
  const { lines, hitsOthers } = await effect();
  if (screen.ask === undefined) {
    if (!hitsOthers) return true;
    throw new OperatorError(`${lines.join("; ")}; nothing was done: give --yes to do it, --dry-run to see only`);
  }
  for (const line of lines) screen.note(printable(line));
  const answer = await screen.ask("Go on? [y/N] ");
  if (/^y(es)?$/i.test(answer.trim())) return true;
  throw new OperatorError("nothing was done");
}

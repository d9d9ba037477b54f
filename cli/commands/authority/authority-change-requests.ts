import { setTimeout as sleep } from "node:timers/promises";
import { Option, type Command } from "commander";
import { durationOption } from "../../arguments/duration-option.ts";
import { authorityIdFrom } from "../../arguments/resource-names.ts";
import { invocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import { objectsMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { OperatorError, UsageError } from "../../program/operator-error.ts";
import { addConfirmation, mayGoOn, type ConfirmationFlags } from "../../invocation/confirmation.ts";
import { authorityEffect } from "./authority-effect.ts";
import { AUTHORITIES_PATH } from "./authority-path.ts";
import { present } from "../../invocation/presentation.ts";

interface WaitFlags {
  readonly wait: number;
}

interface StepFlags extends WaitFlags, ConfirmationFlags {
  readonly force?: boolean;
}

export function addAuthorityPrepare(authorities: Command, context: CommandContext): void {
  authorities
    .command("prepare")
    .summary("make the next CA generation; it signs nothing yet")
    .description(
      "Asks for the next CA generation. It is made, signed by the root and put into the trust bundle, and signs nothing before it is activated.",
    )
    .addOption(new Option("--role <role>", "of which kind").choices(["issuing", "root"]).default("issuing"))
    .addOption(waitOption())
    .addHelpText(
      "after",
      `
Examples:
  $ nodeseal ca prepare --wait 6m          # then: nodeseal ca activate issuing-g2
  $ nodeseal ca prepare --role root

In AWS keys come from the deployment: raise authority.issuingGenerations and deploy, which prepares it too.`,
    )
    .action(async ({ role, wait }: WaitFlags & { readonly role: string }, command: Command) => {
      const invocation = await invocationOf(command, context);
      await follow(invocation, await invocation.service.post(AUTHORITIES_PATH, { role }), wait);
    });
}

const STEPS = {
  activate: {
    summary: "let a prepared CA sign from now on",
    description:
      "Asks for a CA to sign from now on. The one before it keeps being trusted (retiring), and may be activated again. A CA under a new root waits until the fleet has reported the trust bundle with that root.",
    force:
      "do not wait for nodes that have not reported the trust bundle with its root: they will not trust what it signs",
    examples: "  $ nodeseal ca activate issuing-g2 --wait 6m\n  $ nodeseal ca activate root-g2 --force",
  },
  retire: {
    summary: "trust a CA no longer",
    description:
      "Asks for a CA to be trusted no longer. Waits until no certificate of it is in use: each node has renewed, or its certificate has expired or is revoked.",
    force: "do not wait for certificates in use: their nodes have to join again (nodeseal node list --state stranded)",
    examples:
      "  $ nodeseal ca retire issuing-g1\n  $ nodeseal ca retire issuing-g1 --force --dry-run   # whom it would strand\n  $ nodeseal ca retire issuing-g1 --force     # its key is no longer to be trusted",
  },
} as const;

export function addAuthoritySteps(authorities: Command, context: CommandContext): void {
  for (const act of ["activate", "retire"] as const) {
    const { summary, description, force, examples } = STEPS[act];
    addConfirmation(authorities.command(act))
      .summary(summary)
      .description(description)
      .argument("<id>", "a generation's id, like those of nodeseal ca show")
      .option("--force", force)
      .addOption(waitOption())
      .addHelpText("after", `\nExamples:\n${examples}`)
      .action(async (text: string, { wait, force: isForced = false, ...flags }: StepFlags, command: Command) => {
        const id = authorityIdFrom(text);
        const invocation = await invocationOf(command, context);
        const effect = () => authorityEffect(invocation.service, act, id, isForced);
        if (!(await mayGoOn(invocation, flags, !isForced, effect))) return;
        const changeRequest = await invocation.service.post(`${AUTHORITIES_PATH}/${id}/${act}`, { force: isForced });
        await follow(invocation, changeRequest, wait);
      });
  }
}

export function addAuthorityWithdraw(authorities: Command, context: CommandContext): void {
  authorities
    .command("withdraw")
    .summary("take back what was asked for and has not been done")
    .argument("<number>", "the change request's number, as nodeseal ca show prints it")
    .addHelpText("after", "\nExamples:\n  $ nodeseal ca withdraw 7")
    .action(async (number: string, _flags: unknown, command: Command) => {
      if (!/^[1-9]\d{0,8}$/.test(number))
        throw new UsageError(`${JSON.stringify(number)} is no number of a change request`);
      const invocation = await invocationOf(command, context);
      await invocation.service.delete(`${AUTHORITIES_PATH}/change-requests/${number}`);
      invocation.screen.write(`change request ${number} withdrawn\n`);
    });
}

export function waitOption(): Option {
  return new Option("--wait <duration>", "wait so long for it to be done, and fail if it is not")
    .argParser(durationOption)
    .default(0, "do not wait");
}

const PAUSE_MS = 500;

/** Says what has become of a change request. @throws OperatorError when it was refused, or has not been done in time */
export async function follow(invocation: Invocation, asked: JsonObject, waitSeconds: number): Promise<void> {
  const number = textMember(asked, "number") ?? "";
  const deadline = invocation.clock().getTime() + waitSeconds * 1000;
  let changeRequest = asked;
  while (isOpen(changeRequest) && invocation.clock().getTime() < deadline) {
    await sleep(PAUSE_MS);
    const { service } = invocation;
    const changeRequests = objectsMember(await service.get(AUTHORITIES_PATH), "changeRequests") ?? [];
    const current = changeRequests.find((one) => textMember(one, "number") === number);
    if (current === undefined) throw new OperatorError(`change request ${number} was withdrawn or replaced by another`);
    changeRequest = current;
  }
  const reason = textMember(changeRequest, "reason") ?? "";
  const title = `${textMember(changeRequest, "act") ?? ""} ${textMember(changeRequest, "authorityId") ?? ""}`;
  if (textMember(changeRequest, "state") === "refused") throw new OperatorError(`${title} was refused: ${reason}`);
  if (isOpen(changeRequest) && waitSeconds > 0)
    throw new OperatorError(`${title} is not done yet${reason === "" ? "" : `: ${reason}`}; see nodeseal ca show`);
  await present(invocation, changeRequest, () =>
    isOpen(changeRequest)
      ? `${title} asked for (change request ${number}): the service does it on its next reconciliation; see nodeseal ca show\n`
      : `${title} done\n`,
  );
}

function isOpen(changeRequest: JsonObject): boolean {
  const state = textMember(changeRequest, "state");
  return state === "pending" || state === "held";
}

import type { Command } from "commander";
import { invocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { fieldListText } from "../../output/field-list.ts";
import { present } from "../../invocation/presentation.ts";
import { addRecoveryAdmit } from "./recovery-admit.ts";
import { ADMISSION_PATH, admissionFields } from "./recovery-admission.ts";

export function addRecoveryCommands(recovery: Command, context: CommandContext): void {
  addRecoveryAdmit(recovery, context);
  addRecoveryShow(recovery, context);
  addRecoveryEnd(recovery, context);
}

function addRecoveryShow(recovery: Command, context: CommandContext): void {
  recovery
    .command("show")
    .summary("show whether nodes are admitted, and which")
    .description("Shows whether certificates that are not on record are admitted, which, and until when.")
    .addHelpText(
      "after",
      "\nExamples:\n  $ nodeseal recovery show\n  $ nodeseal node list --unknown    # who waits for it",
    )
    .action(async (_flags: unknown, command: Command) => {
      const invocation = await invocationOf(command, context);
      const admission = await invocation.service.get(ADMISSION_PATH);
      await present(invocation, admission, () =>
        fieldListText(admissionFields(admission, invocation.clock()), invocation.screen),
      );
    });
}

function addRecoveryEnd(recovery: Command, context: CommandContext): void {
  recovery
    .command("end")
    .summary("admit nobody any more")
    .description("Ends the admission before its time. Who was admitted stays.")
    .addHelpText("after", "\nExamples:\n  $ nodeseal recovery end")
    .action(async (_flags: unknown, command: Command) => {
      const invocation = await invocationOf(command, context);
      await invocation.service.delete(ADMISSION_PATH);
      await present(
        invocation,
        { state: "Ended" },
        () => "ended: certificates that are not on record are refused again\n",
      );
    });
}

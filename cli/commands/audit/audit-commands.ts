import type { Command } from "commander";
import { pastTimeOption } from "../../arguments/duration-option.ts";
import type { CommandContext } from "../../invocation/invocation.ts";
import { reconcileAudit, type ReconcileFlags } from "./audit-reconcile.ts";

export function addAuditCommands(audits: Command, context: CommandContext): void {
  audits
    .command("reconcile")
    .summary("match every signature of the CA keys with what is on record")
    .description(
      "Matches CloudTrail's entries about the CA keys with the certificates, lists and retries on record, and names what is left over on either side.",
    )
    .argument("<path...>", "CloudTrail's log files, or folders of them")
    .option(
      "--since <time>",
      "from then on: a date, a time, or 7d ago; the first entry unless said",
      pastTimeOption(context.clock),
    )
    .option("--until <time>", "up to then; the last entry unless said", pastTimeOption(context.clock))
    .addHelpText(
      "after",
      `
Examples:
  $ aws s3 sync s3://BUCKET/AWSLogs/111122223333/CloudTrail/eu-central-1/2026/12/ logs/
  $ nodeseal audit reconcile logs/
  The local service writes such a log, too:
  $ nodeseal audit reconcile .nodeseal/cloudtrail
  For a program:
  $ nodeseal audit reconcile logs/ -o json | jq '.unaccounted[].eventId'

CloudTrail delivers within about 15 minutes. Exit status: 0 all is accounted for; 1 something is left over.`,
    )
    .action((paths: readonly string[], flags: ReconcileFlags, command: Command) =>
      reconcileAudit(paths, flags, command, context),
    );
}

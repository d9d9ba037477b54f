import { InvalidArgumentError, Option, type Command } from "commander";
import { durationOption, timeOption } from "../../arguments/duration-option.ts";
import { authorityIdFrom, nodeNameFrom } from "../../arguments/resource-names.ts";
import { invocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { stringsMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { UsageError } from "../../program/operator-error.ts";
import { present } from "../../invocation/presentation.ts";
import { ADMISSION_PATH } from "./recovery-admission.ts";

const EPILOGUE = `
Examples:
  The tables were restored to yesterday noon:
  $ nodeseal recovery admit --issued-after 2027-01-30T12:00:00Z
  $ nodeseal node list --unknown         # who has not come back yet
  A CA was retired by mistake, with --force, and its machines are stranded:
  $ nodeseal recovery admit --authority issuing-g1
  Certificates live 30 days, and the last node renews in three weeks:
  $ nodeseal recovery admit --issued-after 2027-01-30T12:00:00Z --for 25d

Admitted is a certificate that a CA of this service signed, between that time and now, if it is not on record and its name
has no newer one. Each is admitted once, by its node's next renewal, and is on record from then on.
What was revoked or released since that time is not any more: revoke and release it again first (nodeseal node revoke NAME),
and except (--except NAME) what the restored tables do not even know by name.`;

interface Flags {
  readonly issuedAfter?: Date;
  readonly authority?: readonly string[];
  readonly until?: Date;
  readonly for: number;
  readonly except?: readonly string[];
}

export function addRecoveryAdmit(recovery: Command, context: CommandContext): void {
  const { clock } = context;
  recovery
    .command("admit")
    .summary("let nodes come back whose certificates are not on record")
    .description(
      "Admits nodes whose certificates this service signed and does not have on record, since its tables were restored from a backup. It ends by itself.",
    )
    .addOption(
      new Option("--issued-after <time>", "what the tables were restored to, like 2027-01-30T12:00:00Z")
        .argParser(pastTimeOption(clock))
        .conflicts("authority"),
    )
    .option(
      "--authority <id...>",
      "in place of a restore: CAs that were retired by mistake; what they signed and is on record is admitted",
    )
    .addOption(
      new Option("--until <time>", "when it ends, at most 30 days from now")
        .argParser(timeOption(clock))
        .conflicts("for"),
    )
    .addOption(
      new Option(
        "--for <duration>",
        "for how long, at most 30d; the last node asks when its certificate is nearly over",
      )
        .argParser(durationOption)
        .default(691_200, "8d"),
    )
    .option(
      "--except <name...>",
      "nodes that are not admitted: revoked or released since, and not on record to be so again",
    )
    .addHelpText("after", EPILOGUE)
    .action(async ({ issuedAfter, authority, until, except = [], ...flags }: Flags, command: Command) => {
      const names = except.map(nodeNameFrom);
      if (issuedAfter === undefined && authority === undefined)
        throw new UsageError(
          "say what is admitted: --issued-after TIME after a restore, --authority ID after a CA was retired by mistake",
        );
      const what =
        authority === undefined
          ? { issuedAfter: issuedAfter?.toISOString() }
          : { authorityIds: authority.map(authorityIdFrom) };
      const invocation = await invocationOf(command, context);
      const end = until === undefined ? { ttlSeconds: flags.for } : { until: until.toISOString() };
      const body = { ...what, ...end, ...(names.length === 0 ? {} : { except: names }) };
      const admission = await invocation.service.post(ADMISSION_PATH, body);
      await present(invocation, admission, () => reportOf(admission));
    });
}

/** A duration would be taken for that far from now. */
function pastTimeOption(now: () => Date): (text: string) => Date {
  const parse = timeOption(now);
  return (text) => {
    const at = parse(text);
    if (at >= now()) throw new InvalidArgumentError("Write a time in the past, like 2027-01-30T12:00:00Z.");
    return at;
  };
}

function reportOf(admission: JsonObject): string {
  const authorities = stringsMember(admission, "authorityIds");
  if (authorities.length > 0) {
    return (
      `until ${textMember(admission, "until") ?? "?"} machines renew with certificates of ${authorities.join(", ")} that are on record, each once\n` +
      `  each by its next renewal, an agent within the hour; who waits for it: nodeseal node list --state stranded\n` +
      `  not done: the CA stays retired, and servers refuse its certificates until their machines have renewed\n`
    );
  }
  const [from, to, until] = ["issuedAfter", "openedAt", "until"].map((name) => textMember(admission, name) ?? "?");
  return (
    `until ${until ?? "?"} nodes are admitted whose certificates were issued from ${from ?? "?"} to ${to ?? "?"} and are not on record\n` +
    `  each by its next renewal; who waits for it: nodeseal node list --unknown\n` +
    `  not done: what was revoked or released after ${from ?? "?"} is not revoked any more; do that again (nodeseal node revoke NAME), or admit all but those (--except NAME)\n`
  );
}

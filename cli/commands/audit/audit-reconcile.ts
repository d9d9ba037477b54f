import type { Command } from "commander";
import {
  accountForSignatures,
  type Period,
  type RecordedSignature,
  type SignatureAccount,
} from "../../../core/audit/signature-account.ts";
import type { SigningEvent } from "../../../core/audit/signing-event.ts";
import { objectsMember, textMember } from "../../../core/input/json-object.ts";
import { invocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { present } from "../../invocation/presentation.ts";
import { textCell } from "../../output/cell.ts";
import { fieldListText } from "../../output/field-list.ts";
import type { Screen } from "../../output/screen.ts";
import { tableText, type Column } from "../../output/table.ts";
import { OperatorError } from "../../program/operator-error.ts";
import type { AdminService } from "../../service/admin-service.ts";
import { AUTHORITIES_PATH } from "../authority/authority-path.ts";
import { readLogs, type ReadLogs } from "./log-files.ts";
import { recordedSignatures } from "./recorded-signatures.ts";

export interface ReconcileFlags {
  readonly since?: Date;
  readonly until?: Date;
}

/** @throws OperatorError at the end, when something is left over */
export async function reconcileAudit(
  paths: readonly string[],
  { since, until }: ReconcileFlags,
  command: Command,
  context: CommandContext,
): Promise<void> {
  const logs = readLogs(paths);
  const period = { from: since ?? logs.firstAt, until: until ?? logs.lastAt };
  if (!isPeriod(period))
    throw new OperatorError(`there is no entry in the ${logs.files} log files of ${paths.join(", ")}`);
  const invocation = await invocationOf(command, context);
  const keyArns = await authorityKeys(invocation.service);
  const events = logs.events.filter(({ keyArn, at }) => keyArns.has(keyArn) && at >= period.from && at <= period.until);
  if (events.length === 0)
    throw new OperatorError(
      `none of the ${logs.events.length} signatures in the log is by a key of this service between ${period.from.toISOString()} and ${period.until.toISOString()}: is it the log of its account and region? Its keys: ${[...keyArns].join(", ")}`,
    );
  const account = accountForSignatures(events, await recordedSignatures(invocation.service, wider(period)), period);
  const result = {
    from: period.from.toISOString(),
    until: period.until.toISOString(),
    files: logs.files,
    events: events.length,
    keys: [...keyArns],
    matched: Object.fromEntries(account.matched),
    retries: account.retries,
    refused: account.refused,
    principals: principalsOf(events),
    unaccounted: account.unaccounted.map(eventObject),
    missing: account.missing.map(missingObject),
  };
  await present(invocation, result, () => reportText(result, logs, account, invocation));
  const [extra, lost] = [account.unaccounted.length, account.missing.length];
  if (extra + lost > 0)
    throw new OperatorError(
      `${extra} signatures of the keys are not on record, and ${lost} on record are not in the log; each is named above`,
    );
}

/** CloudTrail's times have whole seconds, and a call takes some: what lies at an edge is looked up, and not missed. */
const EDGE_MS = 60_000;

function wider({ from, until }: Period): Period {
  return { from: new Date(from.getTime() - EDGE_MS), until: new Date(until.getTime() + EDGE_MS) };
}

function isPeriod(period: { from: Date | undefined; until: Date | undefined }): period is Period {
  return period.from !== undefined && period.until !== undefined;
}

/** The keys of all CAs that this service signs with, retired ones too. */
async function authorityKeys(service: AdminService): Promise<ReadonlySet<string>> {
  const answer = await service.get(AUTHORITIES_PATH);
  return new Set((objectsMember(answer, "items") ?? []).flatMap((item) => textMember(item, "keyArn") ?? []));
}

/** Who had the keys sign, and how often: a person among them is worth a question even where all is accounted for. */
function principalsOf(events: readonly SigningEvent[]) {
  const counts = new Map<string, number>();
  for (const { principal, errorCode } of events)
    if (errorCode === undefined) counts.set(principal, (counts.get(principal) ?? 0) + 1);
  return [...counts]
    .map(([principal, signatures]) => ({ principal, signatures }))
    .sort((one, other) => other.signatures - one.signatures);
}

function eventObject({ at, eventId, eventName, keyArn, principal, sourceAddress, requestId }: SigningEvent) {
  return { at: at.toISOString(), eventId, eventName, keyArn, principal, sourceAddress, requestId };
}

function missingObject({ name, keyArn, requestId, beganAt, storedAt }: RecordedSignature) {
  return {
    name,
    keyArn,
    requestId: requestId ?? null,
    beganAt: beganAt.toISOString(),
    storedAt: storedAt?.toISOString() ?? null,
  };
}

const UNACCOUNTED_COLUMNS: readonly Column[] = [
  { header: "SIGNED", cell: textCell("at") },
  { header: "EVENT", cell: textCell("eventId") },
  { header: "BY", cell: textCell("principal"), minWidth: 16, keeps: "end" },
  { header: "FROM", cell: textCell("sourceAddress"), leftOut: 2 },
  { header: "KEY", cell: textCell("keyArn"), minWidth: 12, keeps: "end", leftOut: 1 },
];

const MISSING_COLUMNS: readonly Column[] = [
  { header: "STORED", cell: textCell("storedAt") },
  { header: "WHAT", cell: textCell("name") },
  { header: "REQUEST", cell: textCell("requestId"), leftOut: 1 },
];

interface Result {
  readonly from: string;
  readonly until: string;
  readonly principals: readonly { readonly principal: string; readonly signatures: number }[];
  readonly unaccounted: readonly ReturnType<typeof eventObject>[];
  readonly missing: readonly ReturnType<typeof missingObject>[];
}

function reportText(
  { from, until, principals, unaccounted, missing }: Result,
  { files }: ReadLogs,
  { matched, retries, refused }: SignatureAccount,
  { screen, clock }: { readonly screen: Screen; readonly clock: () => Date },
): string {
  const fields = fieldListText(
    [
      ["Period", `${from} to ${until}, ${files} log files`],
      ["Matched", [...matched].map(([kind, count]) => `${count} ${kind}`)],
      ["Retries", String(retries)],
      ["Refused by KMS", String(refused)],
      ["Signed by", principals.map(({ principal, signatures }) => `${principal} (${signatures})`)],
      ["Not on record", String(unaccounted.length)],
      ["Not in the log", String(missing.length)],
    ],
    screen,
  );
  const table = (columns: readonly Column[], items: readonly object[]): string =>
    items.length === 0
      ? ""
      : `\n${tableText(
          columns,
          items.map((item) => ({ ...item })),
          clock(),
          screen,
        )}`;
  return fields + table(UNACCOUNTED_COLUMNS, unaccounted) + table(MISSING_COLUMNS, missing);
}

import type { Command } from "commander";
import { AUTHORITIES_PATH } from "./authority-path.ts";
import { authorityIdFrom } from "../../arguments/resource-names.ts";
import { invocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import {
  numberMember,
  objectsMember,
  parseJsonObject,
  textMember,
  type JsonObject,
} from "../../../core/input/json-object.ts";
import { OperatorError, UsageError } from "../../program/operator-error.ts";
import { certificateInText } from "../certificate-in-text.ts";
import { fieldListText } from "../../output/field-list.ts";
import { printableLines } from "../../output/printable-text.ts";
import { tableText } from "../../output/table.ts";
import { dim } from "../../output/tone.ts";
import { present } from "../../invocation/presentation.ts";
import { holdsCertificate } from "../../service/ca-file.ts";
import { AUTHORITY_COLUMNS, authorityFields, CHANGE_REQUEST_COLUMNS } from "./authority-columns.ts";
import { addAuthorityRequest, requestHint } from "./authority-request.ts";
import { fleetBundleText, readFleetBundle } from "./fleet-bundle.ts";
import { addAuthorityRollback } from "./authority-rollback.ts";
import { addAuthorityRevocationList } from "./authority-revocation-list.ts";
import { addAuthorityPrepare, addAuthoritySteps, addAuthorityWithdraw } from "./authority-change-requests.ts";

export function addAuthorityCommands(authorities: Command, context: CommandContext): void {
  addAuthorityShow(authorities, context);
  addAuthorityPrepare(authorities, context);
  addAuthoritySteps(authorities, context);
  addAuthorityRollback(authorities, context);
  addAuthorityWithdraw(authorities, context);
  addAuthorityRequest(authorities, context);
  addAuthorityBundle(authorities, context);
  addAuthorityRevocationList(authorities, context);
}

interface ShowFlags {
  readonly text?: true;
}

function addAuthorityShow(authorities: Command, context: CommandContext): void {
  authorities
    .command("show")
    .summary("show the CA generations, or one of them")
    .description(
      "Shows the CA generations, and which machines have not said that they hold the trust bundle; with an id, one of them with its certificate.",
    )
    .argument("[id]", "a generation's id, like issuing-g1")
    .option("--text", "print every field and extension of its certificate")
    .addHelpText("after", "\nExamples:\n  $ nodeseal ca show\n  $ nodeseal ca show root-g1 --text")
    .action(async (text: string | undefined, flags: ShowFlags, command: Command) => {
      const id = text === undefined ? undefined : authorityIdFrom(text);
      if (id === undefined && flags.text === true)
        throw new UsageError("--text shows one CA: name it, as nodeseal ca show root-g1 --text does");
      const invocation = await invocationOf(command, context);
      const answer = await invocation.service.get(AUTHORITIES_PATH);
      if (id === undefined) await showAll(invocation, answer);
      else await showOne(invocation, answer, id, flags);
    });
}

async function showAll(invocation: Invocation, answer: JsonObject): Promise<void> {
  const { screen, clock } = invocation;
  const footer = `trust bundle ${textMember(answer, "sequence") ?? ""}`;
  const fleet = invocation.format === "table" ? await fleetText(invocation, answer) : "";
  await present(invocation, answer, () => {
    const items = objectsMember(answer, "items") ?? [];
    const table = tableText(AUTHORITY_COLUMNS, items, clock(), screen) + requestHint(answer);
    const changeRequests = objectsMember(answer, "changeRequests") ?? [];
    const open = changeRequests.filter((changeRequest) => textMember(changeRequest, "state") !== "done");
    const changes = open.length > 0 ? `\n${tableText(CHANGE_REQUEST_COLUMNS, open, clock(), screen)}` : "";
    if (fleet !== "") return `${table}${changes}\n${fleet}`;
    if (changes !== "") return `${table}${changes}`;
    return screen.isTerminal ? `${table}${screen.hasColour ? dim(footer) : footer}\n` : table;
  });
}

/** Empty where every machine has the bundle, and where the caller may see CAs and no nodes. */
async function fleetText({ service }: Invocation, answer: JsonObject): Promise<string> {
  const sequence = numberMember(answer, "sequence");
  if (sequence === undefined) return "";
  try {
    return fleetBundleText(await readFleetBundle(service, sequence));
  } catch (error) {
    if (error instanceof OperatorError) return "";
    throw error;
  }
}

async function showOne(invocation: Invocation, answer: JsonObject, id: string, flags: ShowFlags): Promise<void> {
  const { screen, clock } = invocation;
  const items = objectsMember(answer, "items") ?? [];
  const authority = items.find((item) => textMember(item, "id") === id);
  if (authority === undefined) {
    const ids = items.map((item) => textMember(item, "id")).join(", ");
    throw new OperatorError(`there is no CA generation ${JSON.stringify(id)}; there are ${ids || "none"}`);
  }
  const certificatePem = printableLines(textMember(authority, "certificate") ?? "");
  const isText = flags.text === true && invocation.format === "table";
  const inText = isText ? await certificateInText(certificatePem) : undefined;
  await present(
    invocation,
    authority,
    () => inText ?? `${fieldListText(authorityFields(authority, clock()), screen)}\n${certificatePem}`,
  );
}

function addAuthorityBundle(authorities: Command, context: CommandContext): void {
  authorities
    .command("bundle")
    .summary("print the trust bundle in PEM")
    .description(
      "Prints the trust bundle in PEM: what a server must trust to accept the nodes' certificates. Needs no credentials.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ nodeseal ca bundle > client-ca.pem
  $ kube-apiserver --client-ca-file=client-ca.pem …
  $ nodeseal ca bundle -o json | jq '.sequence'`,
    )
    .action(async (_flags: unknown, command: Command) => {
      const invocation = await invocationOf(command, context);
      const { service, format, screen } = invocation;
      const body = await service.getPublic(
        "/v1/trust-bundle",
        format === "table" ? "application/x-pem-file" : "application/json",
      );
      if (format === "table" && holdsCertificate(body)) {
        screen.write(printableLines(body));
        return;
      }
      const bundle = format === "table" ? undefined : parseJsonObject(body);
      if (bundle === undefined) {
        throw new OperatorError("the answer holds no certificate; is NODESEAL_URL the service's address?");
      }
      await present(invocation, bundle, () => "");
    });
}

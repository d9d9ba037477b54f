import type { Command } from "commander";
import { addListOptions, type ListFlags } from "../../arguments/list-options.ts";
import { choiceOption } from "../../arguments/option-values.ts";
import { requestNameFrom } from "../../arguments/resource-names.ts";
import { invocationOf, listInvocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { textMember } from "../../../core/input/json-object.ts";
import { fieldListText } from "../../output/field-list.ts";
import { printableLines } from "../../output/printable-text.ts";
import { presentList } from "../../invocation/list.ts";
import { present } from "../../invocation/presentation.ts";
import { REQUEST_COLUMNS, requestFields } from "./request-columns.ts";
import { addRequestDecision } from "./request-decision.ts";
import { knownRequest, REQUESTS_PATH } from "./request-path.ts";
import { addRequestReview } from "./request-review.ts";

const STATES = ["Pending", "Approved", "Denied", "Reserved", "Issued", "Voided", "Revoked"] as const;

export function addRequestCommands(requests: Command, context: CommandContext): void {
  addRequestList(requests, context);
  addRequestShow(requests, context);
  addRequestReview(requests, context);
  addRequestDecision(requests, context, "approve");
  addRequestDecision(requests, context, "deny");
}

function addRequestList(requests: Command, context: CommandContext): void {
  addListOptions(requests.command("list"))
    .summary("list the requests")
    .description(
      "Lists the requests that wait for approval or were decided and not yet signed, oldest first, in the columns of kubectl get csr and two more.",
    )
    .option(
      "--state <state>",
      `only these: ${STATES.join(", ")}; of those that administrators approved, the signed ones too, newest first`,
      choiceOption(STATES),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ nodeseal csr list --state pending
  What administrators approved, and who:
  $ nodeseal csr list --state issued -o json | jq -r '.items[] | [.nodeName, .decision.by, .decision.at] | @tsv'
  Everything that waits, by name; and as it comes:
  $ nodeseal csr list --state pending -o name
  $ nodeseal csr list --state pending --watch

What policy approves by itself is no request to decide on: nodeseal cert list. Denied requests are kept for eight days.`,
    )
    .action(async (flags: ListFlags & { readonly state?: string }, command: Command) => {
      const { state } = flags;
      const invocation = await listInvocationOf(command, context);
      const query = state === undefined ? {} : { state };
      const whenEmpty = state === undefined ? "there are no requests" : `there are no requests in state ${state}`;
      const view = { nameMember: "name", columns: REQUEST_COLUMNS, whenEmpty };
      await presentList(invocation, { path: REQUESTS_PATH, query }, view, flags);
    });
}

function addRequestShow(requests: Command, context: CommandContext): void {
  requests
    .command("show")
    .summary("show one request, who made it and what it asks for")
    .description("Shows one request: who made it, what it asks for, what was decided, and the CSR itself.")
    .argument("<name>", "the request's name")
    .option("--pem", "print the CSR alone, in PEM")
    .addHelpText(
      "after",
      `
Examples:
  $ nodeseal csr show csr-Zk3…
  $ nodeseal csr show csr-Zk3… --pem | openssl req -noout -text`,
    )
    .action(async (text: string, flags: { readonly pem?: true }, command: Command) => {
      const name = requestNameFrom(text);
      const invocation = await invocationOf(command, context);
      const { screen, clock } = invocation;
      const request = await knownRequest(invocation.service.get(`${REQUESTS_PATH}/${name}`));
      const csrPem = printableLines(textMember(request, "csr") ?? "");
      await present(invocation, request, () =>
        flags.pem === true ? csrPem : `${fieldListText(requestFields(request, clock()), screen)}\n${csrPem}`,
      );
    });
}

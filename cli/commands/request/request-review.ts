import type { Command } from "commander";
import { textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { invocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import { fieldListText, type Field } from "../../output/field-list.ts";
import { OperatorError } from "../../program/operator-error.ts";
import { pagesOf } from "../../service/pages.ts";
import { ServiceError } from "../../service/service-error.ts";
import { requestFields } from "./request-columns.ts";
import { decide } from "./request-decision.ts";
import { REQUESTS_PATH } from "./request-path.ts";

const EPILOGUE = `
Examples:
  $ nodeseal csr review

Answers: y approves, n denies for good, s (or Enter) leaves it waiting, q ends. Elsewhere than on a terminal:
nodeseal csr list --state pending, csr show, csr approve, csr deny.`;

export function addRequestReview(requests: Command, context: CommandContext): void {
  requests
    .command("review")
    .summary("go through what waits, one by one")
    .description("Shows each request that waits, with who holds its name now, and asks what to do.")
    .addHelpText("after", EPILOGUE)
    .action(async (_flags: unknown, command: Command) => {
      const invocation = await invocationOf(command, context);
      const { ask } = invocation.screen;
      if (ask === undefined || invocation.format !== "table")
        throw new OperatorError(
          "csr review asks on a terminal; here: nodeseal csr list --state pending, then csr approve or deny",
        );
      await review(invocation, ask);
    });
}

async function review(invocation: Invocation, ask: (question: string) => Promise<string>): Promise<void> {
  const { service, screen } = invocation;
  // Read before the first answer: a decision moves the pages.
  const waiting: JsonObject[] = [];
  for await (const { items } of pagesOf(service, {
    path: REQUESTS_PATH,
    query: { state: "Pending" },
    limit: undefined,
  }))
    waiting.push(...items);
  if (waiting.length === 0) screen.note("no request waits");
  for (const [index, { name }] of waiting.entries()) {
    if (typeof name !== "string") continue;
    const request = await service.get(`${REQUESTS_PATH}/${name}`);
    // Another operator may have been faster.
    if (textMember(request, "state") !== "Pending") {
      screen.note(`${name} is ${textMember(request, "state") ?? "decided"} by now`);
      continue;
    }
    const fields = [...requestFields(request, invocation.clock()), await holderField(invocation, request)];
    screen.write(`${fieldListText(fields, screen)}\n`);
    const answer = await ask(`${index + 1} of ${waiting.length}: approve? [y/n/s/q] `);
    if (/^q/i.test(answer.trim())) return;
    await act(invocation, name, answer.trim());
  }
}

async function act(invocation: Invocation, name: string, answer: string): Promise<void> {
  const { screen } = invocation;
  const decision = /^y(es)?$/i.test(answer) ? "Approved" : /^n(o)?$/i.test(answer) ? "Denied" : undefined;
  if (decision === undefined) {
    screen.note(`${name} is left waiting`);
    return;
  }
  try {
    screen.write(`${(await decide(invocation, name, { decision })).report}\n`);
  } catch (error) {
    // One that cannot be approved keeps nobody from the next.
    if (!(error instanceof ServiceError) || error.code === undefined) throw error;
    invocation.fail(new ServiceError(`${name}: ${error.message}`, error));
  }
}

/** Who has the name now: a request for a held name is approved with `csr approve --replace` alone. */
async function holderField({ service }: Invocation, request: JsonObject): Promise<Field> {
  const label = "Name held by";
  const name = textMember(request, "nodeName") ?? "";
  try {
    const signerName = textMember(request, "signerName");
    const node = await service.get(`/v1/admin/nodes/${name}`, signerName === undefined ? {} : { signerName });
    const [state, serialNumber, end] = ["state", "serialNumber", "notAfter"].map((member) => textMember(node, member));
    return [label, `${state ?? "?"}, certificate ${serialNumber ?? "none"}, ends ${end ?? "?"}`];
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404) return [label, "nobody"];
    throw error;
  }
}

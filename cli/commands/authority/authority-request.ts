import type { Command } from "commander";
import { authorityIdFrom } from "../../arguments/resource-names.ts";
import { invocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { objectsMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { OperatorError } from "../../program/operator-error.ts";
import { printableLines } from "../../output/printable-text.ts";
import { present } from "../../invocation/presentation.ts";
import { AUTHORITIES_PATH } from "./authority-path.ts";

/** For CAs that an external CA signs (`authority.hierarchy: "external"`). */
export function addAuthorityRequest(authorities: Command, context: CommandContext): void {
  authorities
    .command("csr")
    .summary("print what an external CA is to sign, in PEM")
    .description(
      "Prints the certificate signing request of an issuing CA in PEM, where an external CA signs it: the one that waits for its certificate, or that of a generation. The request of a generation is the same each time.",
    )
    .argument("[id]", "a generation's id, like issuing-g2")
    .addHelpText(
      "after",
      "\nExamples:\n  $ nodeseal ca csr > issuing.csr && openssl req -in issuing.csr -noout -text -verify\n  $ nodeseal ca csr issuing-g2 > issuing-g2.csr",
    )
    .action(async (text: string | undefined, _flags: unknown, command: Command) => {
      const id = text === undefined ? undefined : authorityIdFrom(text);
      const invocation = await invocationOf(command, context);
      const request = chosen(await invocation.service.get(AUTHORITIES_PATH), id);
      await present(invocation, request, () => printableLines(textMember(request, "csr") ?? ""));
    });
}

/** @throws OperatorError when there is no such request, or several could be meant */
function chosen(answer: JsonObject, id: string | undefined): JsonObject {
  const requests = requestsOf(answer);
  if (requests.length === 0)
    throw new OperatorError(
      'there is no request: this service\'s issuing CA is signed by a root of its own (authority.hierarchy "own")',
    );
  const ids = requests.map(idOf).join(", ");
  if (id !== undefined) {
    const request = requests.find((one) => idOf(one) === id);
    if (request !== undefined) return request;
    throw new OperatorError(
      `there is no request of ${id}; there are those of ${ids}: deploy with a higher authority.issuingGenerations for another`,
    );
  }
  const waiting = awaited(answer);
  const [request, ...others] = waiting.length === 0 ? requests : waiting;
  if (request !== undefined && others.length === 0) return request;
  throw new OperatorError(`there are requests of ${ids}: say which, like nodeseal ca csr ${idOf(request)}`);
}

/** What to do next, where a certificate is awaited. */
export function requestHint(answer: JsonObject): string {
  return awaited(answer)
    .map((one) => `${idOf(one)} waits for its certificate; see nodeseal ca csr ${idOf(one)}\n`)
    .join("");
}

/** A later generation that was certified leaves those before it behind. */
function awaited(answer: JsonObject): readonly JsonObject[] {
  const certified = new Set((objectsMember(answer, "items") ?? []).map((item) => textMember(item, "id")));
  const requests = requestsOf(answer);
  return requests.slice(requests.findLastIndex((one) => certified.has(idOf(one))) + 1);
}

function requestsOf(answer: JsonObject): readonly JsonObject[] {
  return objectsMember(answer, "requests") ?? [];
}

function idOf(request: JsonObject | undefined): string {
  return (request && textMember(request, "authorityId")) ?? "";
}

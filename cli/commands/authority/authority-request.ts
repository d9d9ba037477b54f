import type { Command } from "commander";
import { invocationOf, type CommandContext } from "../../invocation.ts";
import { objectsMember, textMember, type JsonObject } from "../../../core/json-object.ts";
import { OperatorError } from "../../operator-error.ts";
import { printableLines } from "../../output/printable-text.ts";
import { present } from "../../presentation.ts";
import { AUTHORITIES_PATH } from "./authority-wishes.ts";

/** For a CA that a CA outside signs (`authority.hierarchy: "external"`). */
export function addAuthorityRequest(authorities: Command, context: CommandContext): void {
  authorities
    .command("csr")
    .summary("print what a CA outside is to sign, in PEM")
    .description(
      "Prints the certificate signing request of the issuing CA in PEM, where a CA outside signs it. The request is the same each time.",
    )
    .addHelpText(
      "after",
      "\nExample:\n  $ nodeseal ca csr > issuing.csr && openssl req -in issuing.csr -noout -text -verify",
    )
    .action(async (_flags: unknown, command: Command) => {
      const invocation = await invocationOf(command, context);
      const [request] = requestsOf(await invocation.service.get(AUTHORITIES_PATH));
      if (request === undefined)
        throw new OperatorError(
          'there is no request: this service\'s issuing CA is signed by a root of its own (authority.hierarchy "own")',
        );
      await present(invocation, request, () => printableLines(textMember(request, "csr") ?? ""));
    });
}

/** What to do next, where no CA is there yet. */
export function requestHint(answer: JsonObject): string {
  const [request] = requestsOf(answer);
  const id = request && textMember(request, "authorityId");
  return id === undefined ? "" : `${id} waits for its certificate; see nodeseal ca csr\n`;
}

function requestsOf(answer: JsonObject): readonly JsonObject[] {
  return objectsMember(answer, "requests") ?? [];
}

import type { Command } from "commander";
import { tokenIdFrom } from "../../arguments/resource-names.ts";
import { addConfirmation, mayGoOn, type ConfirmationFlags, type Effect } from "../../invocation/confirmation.ts";
import { invocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import { doToEach, type Outcome } from "../../invocation/presentation.ts";
import { stringsMember, textMember } from "../../../core/input/json-object.ts";
import type { AdminService } from "../../service/admin-service.ts";
import { usesText } from "./token-columns.ts";
import { knownToken, TOKENS_PATH } from "./token-path.ts";

export function addTokenRevoke(tokens: Command, context: CommandContext): void {
  addConfirmation(tokens.command("revoke"))
    .summary("end tokens at once")
    .description("Ends tokens at once: from the next request on, nobody gets a certificate with them.")
    .argument("<id...>", "token ids; or the tokens themselves, whose secrets stay here")
    .addHelpText(
      "after",
      `
Examples:
  $ nodeseal token revoke abcdef
  A token has leaked: end it, see who joined with it, and end those certificates as well:
  $ nodeseal token revoke abcdef
  $ nodeseal cert list --token abcdef

Certificates that were made with a token stay as they are.`,
    )
    .action(async (ids: readonly string[], flags: ConfirmationFlags, command: Command) => {
      const tokenIds = ids.map(tokenIdFrom);
      const invocation = await invocationOf(command, context);
      if (!(await mayGoOn(invocation, flags, true, () => tokenEffect(invocation.service, tokenIds)))) return;
      await doToEach(invocation, tokenIds, (tokenId) => revoke(invocation, tokenId));
    });
}

/** Whom the tokens let in today. */
async function tokenEffect(service: AdminService, tokenIds: readonly string[]): Promise<Effect> {
  const lines: string[] = [];
  for (const tokenId of tokenIds) {
    const token = await knownToken(service.get(`${TOKENS_PATH}/${tokenId}`));
    const [state = "", expiration = "never"] = [textMember(token, "state"), textMember(token, "expiration")];
    const nodes = stringsMember(token, "nodeNames").join(", ") || "any node";
    lines.push(`would end token ${tokenId}: ${state}, for ${nodes}, uses ${usesText(token)}, expires ${expiration}`);
  }
  return { lines, hitsOthers: false };
}

async function revoke({ service, format }: Invocation, tokenId: string): Promise<Outcome> {
  await knownToken(service.delete(`${TOKENS_PATH}/${tokenId}`));
  return {
    // The deletion has no answer, so programs get the token as it is now.
    object: format === "table" ? {} : await service.get(`${TOKENS_PATH}/${tokenId}`),
    report:
      `token ${tokenId} revoked: nobody can join with it any more\n` +
      `  not undone: certificates made with it stay valid, and renew; see nodeseal cert list --token ${tokenId}\n`,
  };
}

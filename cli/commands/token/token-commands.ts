import type { Command } from "commander";
import { addListOptions, type ListFlags } from "../../arguments/list-options.ts";
import { tokenIdFrom } from "../../arguments/resource-names.ts";
import { invocationOf, listInvocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { fieldListText } from "../../output/field-list.ts";
import { presentList } from "../../invocation/list.ts";
import { present } from "../../invocation/presentation.ts";
import { TOKEN_COLUMNS, tokenFields } from "./token-columns.ts";
import { addTokenCreate } from "./token-create.ts";
import { knownToken, TOKENS_PATH } from "./token-path.ts";
import { addTokenRevoke } from "./token-revoke.ts";

export function addTokenCommands(tokens: Command, context: CommandContext): void {
  addTokenCreate(tokens, context);
  addTokenList(tokens, context);
  addTokenShow(tokens, context);
  addTokenRevoke(tokens, context);
}

function addTokenList(tokens: Command, context: CommandContext): void {
  addListOptions(tokens.command("list"))
    .summary("list the tokens, newest first")
    .description("Lists the tokens, newest first, in the columns of kubeadm token list and some more.")
    .addHelpText(
      "after",
      `
Examples:
  $ nodeseal token list
  $ nodeseal token list -o json | jq -r '.items[] | select(.state == "Active") | .tokenId'`,
    )
    .action(async (flags: ListFlags, command: Command) => {
      const invocation = await listInvocationOf(command, context);
      const whenEmpty = "there are no tokens; nodeseal token create makes one";
      const view = { nameMember: "tokenId", columns: TOKEN_COLUMNS, whenEmpty };
      await presentList(invocation, { path: TOKENS_PATH }, view, flags);
    });
}

function addTokenShow(tokens: Command, context: CommandContext): void {
  tokens
    .command("show")
    .summary("show one token and what it grants")
    .description("Shows one token and what it grants. Its secret is not stored.")
    .argument("<id>", "the token's id; or the token itself, whose secret stays here")
    .addHelpText("after", "\nExamples:\n  $ nodeseal token show abcdef\n  $ nodeseal token show abcdef -o yaml")
    .action(async (id: string, _flags: unknown, command: Command) => {
      const tokenId = tokenIdFrom(id);
      const invocation = await invocationOf(command, context);
      const token = await knownToken(invocation.service.get(`${TOKENS_PATH}/${tokenId}`));
      await present(invocation, token, () => fieldListText(tokenFields(token, invocation.clock()), invocation.screen));
    });
}

import type { Command } from "commander";
import { addListOptions, type ListFlags } from "../../arguments/list-options.ts";
import { tokenIdFrom } from "../../arguments/resource-names.ts";
import { invocationOf, listInvocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import { fieldListText } from "../../output/field-list.ts";
import { presentList } from "../../invocation/list.ts";
import { doToEach, present, type Outcome } from "../../invocation/presentation.ts";
import { withHint } from "../../service/service-error.ts";
import { TOKEN_COLUMNS, tokenFields } from "./token-columns.ts";
import { addTokenCreate } from "./token-create.ts";

const PATH = "/v1/admin/tokens";

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
      await presentList(invocation, { path: PATH }, view, flags);
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
      const token = await known(invocation.service.get(`${PATH}/${tokenId}`));
      await present(invocation, token, () => fieldListText(tokenFields(token, invocation.clock()), invocation.screen));
    });
}

function addTokenRevoke(tokens: Command, context: CommandContext): void {
  tokens
    .command("revoke")
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
    .action(async (ids: readonly string[], _flags: unknown, command: Command) => {
      const tokenIds = ids.map(tokenIdFrom);
      const invocation = await invocationOf(command, context);
      await doToEach(invocation, tokenIds, (tokenId) => revoke(invocation, tokenId));
    });
}

async function revoke({ service, format }: Invocation, tokenId: string): Promise<Outcome> {
  await known(service.delete(`${PATH}/${tokenId}`));
  return {
    // The deletion has no answer, so programs get the token as it is now.
    object: format === "table" ? {} : await service.get(`${PATH}/${tokenId}`),
    report:
      `token ${tokenId} revoked: nobody can join with it any more\n` +
      `  not undone: certificates made with it stay valid, and renew; see nodeseal cert list --token ${tokenId}\n`,
  };
}

async function known<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw withHint(error, "not_found", "nodeseal token list shows those there are");
  }
}

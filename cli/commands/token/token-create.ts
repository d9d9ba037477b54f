import { Option, type Command } from "commander";
import { MAX_NODE_NAME_CHARACTERS } from "../../../core/certificate/node-name.ts";
import { DEFAULT_TOKEN_GROUP } from "../../../core/token/bootstrap-token.ts";
import { MAX_LIMITED_USES, MAX_TOKENS_AT_ONCE, TOKEN_USAGES } from "../../../core/token/token-record.ts";
import { durationOption } from "../../arguments/duration-option.ts";
import { choicesOption, countOption, listOption } from "../../arguments/option-values.ts";
import { invocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { objectsMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { OperatorError } from "../../program/operator-error.ts";
import { printableLines } from "../../output/printable-text.ts";
import { present } from "../../invocation/presentation.ts";

const EXAMPLES = `
Examples:
  One machine, one use, an hour; prints the line to paste there:
  $ nodeseal token create --node worker-1 --max-uses 1 --ttl 1h --print-join-command

  A rack of up to forty, from their own network only:
  $ nodeseal token create --node 'rack7-*' --max-uses 40 --cidr 10.7.0.0/16 --description 'rack 7'

  Twenty tokens of one use each, one a line, for twenty machine images:
  $ nodeseal token create --count 20 --max-uses 1 --ttl 7d > tokens

  A machine that is re-imaged in place, and comes back under its name with another key:
  $ nodeseal token create --node db-1 --max-uses 1 --replace

The token is printed now and never again: the service keeps a hash of it.`;

interface CreateFlags {
  readonly group?: readonly string[];
  readonly ttl?: number;
  readonly maxUses?: number;
  readonly node?: readonly string[];
  readonly usages?: readonly string[];
  readonly cidr?: readonly string[];
  readonly replace?: true;
  readonly description?: string;
  readonly count?: number;
  readonly printJoinCommand?: true;
}

export function addTokenCreate(tokens: Command, context: CommandContext): void {
  tokens
    .command("create")
    .summary("make a bootstrap token, and print it")
    .description("Makes a bootstrap token and prints it alone on one line, as kubeadm token create does.")
    .option(
      "--ttl <duration>",
      "how long it lasts: 90s, 30m, 24h, 7d, 1h30m; 0: for ever (default: 24h)",
      durationOption,
    )
    .option(
      "--max-uses <n>",
      `how many certificates it may give, at most ${MAX_LIMITED_USES} (default: unlimited)`,
      countOption,
    )
    .option(
      "--node <name...>",
      `a node's name of at most ${MAX_NODE_NAME_CHARACTERS} characters, or a pattern with *; several, or repeated (default: any)`,
      listOption,
    )
    .option("--cidr <block...>", "a network it may be used from; several, or repeated (default: any)", listOption)
    .option(
      "--group <group...>",
      `a group of its user; several, or repeated (default: ${DEFAULT_TOKEN_GROUP})`,
      listOption,
    )
    .addOption(new Option("--groups <groups>", "kubeadm's spelling").argParser(listOption).hideHelp())
    .option("--usages <usages>", "signing, authentication, or both (default: both)", choicesOption(TOKEN_USAGES))
    .option("--replace", "may take over the name of a live node")
    .option("--description <text>", "what it is for, for people")
    .option("--count <n>", `make several of the same kind, at most ${MAX_TOKENS_AT_ONCE}, one a line`, countOption)
    .option("--print-join-command", "print the command for the node instead of the token")
    .addHelpText("after", EXAMPLES)
    .action(async (flags: CreateFlags & { readonly groups?: readonly string[] }, command: Command) => {
      const invocation = await invocationOf(command, context);
      const answer = await invocation.service.post("/v1/admin/tokens", tokenRequest(flags));
      const made = objectsMember(answer, "items") ?? [answer];
      const member = flags.printJoinCommand === true ? "joinCommand" : "token";
      await present(invocation, answer, () => made.map((token) => `${printed(token, member)}\n`).join(""));
    });
}

/** Only the given members: the service fills in the defaults. */
function tokenRequest(flags: CreateFlags & { readonly groups?: readonly string[] }): JsonObject {
  const groups = [...(flags.group ?? []), ...(flags.groups ?? [])];
  return Object.fromEntries(
    Object.entries({
      groups: groups.length === 0 ? undefined : groups,
      ttlSeconds: flags.ttl,
      maxUses: flags.maxUses,
      nodeNames: flags.node,
      usages: flags.usages,
      sourceCidrs: flags.cidr,
      allowReplace: flags.replace,
      description: flags.description,
      count: flags.count,
    }).filter(([, value]) => value !== undefined),
  );
}

function printed(token: JsonObject, member: "token" | "joinCommand"): string {
  const text = textMember(token, member);
  // A join command has several lines: the last ones bring the token.
  if (text === undefined || text !== printableLines(text) || (member === "token" && text.includes("\n"))) {
    throw new OperatorError(`a token was made, but the service's answer is not understood: it has no ${member}`);
  }
  return text;
}

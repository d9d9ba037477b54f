import type { Command } from "commander";
import { invocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import { addConfirmation, mayGoOn, type ConfirmationFlags } from "../../invocation/confirmation.ts";
import { doToEach, type Outcome } from "../../invocation/presentation.ts";
import { knownNode, NODES_PATH } from "./node-path.ts";
import { parseNames, selectionEffect, selectNodes } from "./node-selection.ts";
import { signerQuery, signerText, type SignerFlags, signerOption } from "./signer-option.ts";

const EPILOGUE = `
Examples:
  The machine lost its disk, or was re-imaged, and must join again under its name:
  $ nodeseal node release worker-1
  $ nodeseal token create --node worker-1 --max-uses 1 --print-join-command
  A node that was revoked by mistake may come back the same way.
  The name of a server's certificate, and of nothing else that is called so:
  $ nodeseal node release web-1 --signer nodeseal.dev/server`;

export function addNodeRelease(nodes: Command, context: CommandContext): void {
  addConfirmation(nodes.command("release"))
    .summary("give names free for other keys")
    .description(
      "Gives names free: the next bootstrap token may claim them with another key. The present holder can no longer renew.",
    )
    .argument("<name...>", "the nodes' names, or patterns such as 'rack7-*'")
    .addOption(signerOption())
    .addHelpText("after", EPILOGUE)
    .action(async (texts: readonly string[], flags: SignerFlags & ConfirmationFlags, command: Command) => {
      const typed = parseNames(texts);
      const invocation = await invocationOf(command, context);
      const selection = await selectNodes(invocation.service, typed, flags);
      const effect = () => selectionEffect(invocation.service, "release", selection, flags);
      if (!(await mayGoOn(invocation, flags, selection.patterns.length === 0, effect))) return;
      await doToEach(invocation, selection.names, (name) => release(invocation, name, flags));
    });
}

async function release({ service }: Invocation, name: string, flags: SignerFlags): Promise<Outcome> {
  const node = await knownNode(service.post(`${NODES_PATH}/${name}/release`, undefined, signerQuery(flags)));
  return {
    object: node,
    report:
      `node ${name}${signerText(flags)} released: the next bootstrap token for it may claim the name with another key; what held it can no longer renew\n` +
      `  not undone: its certificates stay as they are until they end; see nodeseal cert list --node ${name}, end them with nodeseal cert revoke\n`,
  };
}

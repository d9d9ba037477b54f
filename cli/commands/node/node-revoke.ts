import type { Command } from "commander";
import { invocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import { textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { OperatorError } from "../../program/operator-error.ts";
import { addConfirmation, mayGoOn, type ConfirmationFlags } from "../../invocation/confirmation.ts";
import { doToEach, type Outcome } from "../../invocation/presentation.ts";
import { knownNode, NODES_PATH } from "./node-path.ts";
import { parseNames, selectionEffect, selectNodes } from "./node-selection.ts";
import { signerOption, signerQuery, signerText, type SignerFlags } from "./signer-option.ts";
import { reasonOption, type ReasonFlags } from "../revocation-reason.ts";

const EPILOGUE = `
Examples:
  A machine is gone for good, or in wrong hands:
  $ nodeseal node revoke worker-1 --reason cessationOfOperation
  $ nodeseal node revoke worker-1 --reason keyCompromise
  A whole rack: who it is, then the deed:
  $ nodeseal node revoke 'rack7-*' --dry-run
  $ nodeseal node revoke 'rack7-*' --yes

To let the name be used again: nodeseal node release worker-1`;

type Flags = ReasonFlags & SignerFlags & ConfirmationFlags;

export function addNodeRevoke(nodes: Command, context: CommandContext): void {
  addConfirmation(nodes.command("revoke"))
    .summary("revoke nodes: their certificates, and their right to others")
    .description(
      "Revokes nodes: all their certificates, of every signer, and their right to any other. From the next request on, nothing renews and no token helps.",
    )
    .argument("<name...>", "the nodes' names, or patterns such as 'rack7-*'")
    .addOption(reasonOption())
    .addOption(signerOption())
    .addHelpText("after", EPILOGUE)
    .action(async (texts: readonly string[], flags: Flags, command: Command) => {
      const typed = parseNames(texts);
      const invocation = await invocationOf(command, context);
      const selection = await selectNodes(invocation.service, typed, flags);
      const effect = () => selectionEffect(invocation.service, "revoke", selection, flags);
      if (!(await mayGoOn(invocation, flags, selection.patterns.length === 0, effect))) return;
      await doToEach(invocation, selection.names, (name) => revoke(invocation, name, flags));
    });
}

async function revoke(invocation: Invocation, name: string, flags: Flags): Promise<Outcome> {
  const { reason } = flags;
  const node = await revokedWholly(invocation, name, flags);
  return {
    object: node,
    report:
      `node ${name}${signerText(flags)} revoked (${reason}): its certificates are revoked, and it gets no other until nodeseal node release ${name}\n` +
      `  not undone: servers that do not read the CRL accept its certificates until they end; see nodeseal cert list --node ${name}\n` +
      `  not undone: tokens stay usable for other names; to end one: nodeseal token revoke ID\n`,
  };
}

/**
 * The first answer means that the name is revoked. What it had replaced may be much more than one request can deal with:
 * then the answer says where the next goes on.
 */
async function revokedWholly({ service }: Invocation, name: string, flags: Flags): Promise<JsonObject> {
  const path = `${NODES_PATH}/${name}/revocation`;
  const { reason } = flags;
  const node = await knownNode(service.post(path, { reason }, signerQuery(flags)));
  let cursor = textMember(node, "cursor");
  while (cursor !== undefined) {
    const next: string | undefined = textMember(
      await goOn(service.post(path, { reason, cursor }, signerQuery(flags)), name),
      "cursor",
    );
    if (next === cursor)
      throw new OperatorError(`the service's answer to ${path} is not understood: it does not go on`);
    cursor = next;
  }
  return node;
}

async function goOn<T>(answer: Promise<T>, name: string): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    throw new OperatorError(
      `node ${name} is revoked, but perhaps not all certificates that it had replaced: ${error.message}; the same command goes on`,
    );
  }
}

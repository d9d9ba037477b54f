import type { Command } from "commander";
import { nodeNameFrom } from "../../arguments/resource-names.ts";
import { invocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import { doToEach, type Deed } from "../../invocation/presentation.ts";
import { knownNode, NODES_PATH } from "./node-path.ts";
import { reasonOption, type ReasonFlags } from "../revocation-reason.ts";

const EPILOGUE = `
Examples:
  A machine is gone for good, or in wrong hands:
  $ nodeseal node revoke worker-1 --reason cessationOfOperation
  $ nodeseal node revoke worker-1 --reason keyCompromise

To let the name be used again: nodeseal node release worker-1`;

export function addNodeRevoke(nodes: Command, context: CommandContext): void {
  nodes
    .command("revoke")
    .summary("revoke nodes: their certificates, and their right to others")
    .description(
      "Revokes nodes: their certificates, and their right to any other. From the next request on, nothing renews and no token helps.",
    )
    .argument("<name...>", "the nodes' names")
    .addOption(reasonOption())
    .addHelpText("after", EPILOGUE)
    .action(async (texts: readonly string[], { reason }: ReasonFlags, command: Command) => {
      const names = texts.map(nodeNameFrom);
      const invocation = await invocationOf(command, context);
      await doToEach(invocation, names, (name) => revoke(invocation, name, reason));
    });
}

async function revoke({ service }: Invocation, name: string, reason: string): Promise<Deed> {
  const node = await knownNode(service.post(`${NODES_PATH}/${name}/revocation`, { reason }));
  return {
    object: node,
    report:
      `node ${name} revoked (${reason}): its certificates are revoked, and it gets no other until nodeseal node release ${name}\n` +
      `  not undone: servers that do not read the CRL accept its certificates until they end; see nodeseal cert list --node ${name}\n` +
      `  not undone: tokens stay usable for other names; to end one: nodeseal token revoke ID\n`,
  };
}

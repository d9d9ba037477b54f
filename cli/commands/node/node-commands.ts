import type { Command } from "commander";
import { addListOptions, type ListFlags } from "../../arguments/list-options.ts";
import { objectsMember, type JsonObject } from "../../../core/input/json-object.ts";
import { NODE_STATES } from "../../../core/revocation/revoke.ts";
import { choiceOption } from "../../arguments/option-values.ts";
import { nodeNameFrom } from "../../arguments/resource-names.ts";
import { invocationOf, listInvocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { fieldListText } from "../../output/field-list.ts";
import { presentList, type ListView } from "../../invocation/list.ts";
import { present } from "../../invocation/presentation.ts";
import { addNodeAllowRecovery } from "./node-allow-recovery.ts";
import { NODE_COLUMNS, nodeFields, OVERDUE_COLUMNS, UNKNOWN_COLUMNS } from "./node-columns.ts";
import { knownNode, NODES_PATH } from "./node-path.ts";
import { addNodeRelease } from "./node-release.ts";
import { addNodeRenew } from "./node-renew.ts";
import { addNodeRevoke } from "./node-revoke.ts";
import { signerOption, signerQuery, type SignerFlags } from "./signer-option.ts";

export function addNodeCommands(nodes: Command, context: CommandContext): void {
  addNodeList(nodes, context);
  addNodeShow(nodes, context);
  addNodeRelease(nodes, context);
  addNodeRevoke(nodes, context);
  addNodeRenew(nodes, context);
  addNodeAllowRecovery(nodes, context);
}

interface Flags extends SignerFlags, ListFlags {
  readonly overdue?: boolean;
  readonly unknown?: boolean;
  readonly state?: string;
}

const NODE_VIEW: ListView = {
  nameMember: "nodeName",
  columns: NODE_COLUMNS,
  whenEmpty: "there are no nodes yet; nodeseal token create --print-join-command brings the first",
};
const OVERDUE_VIEW: ListView = {
  nameMember: "nodeName",
  columns: OVERDUE_COLUMNS,
  whenEmpty: "no node is overdue: all renew in time",
};
const UNKNOWN_VIEW: ListView = {
  nameMember: "nodeName",
  columns: UNKNOWN_COLUMNS,
  whenEmpty: "no node uses a certificate that is not on record",
};

function addNodeList(nodes: Command, context: CommandContext): void {
  addListOptions(nodes.command("list"))
    .summary("list the nodes, by name")
    .description(
      "Lists the nodes and other holders of names, by name, with how long their certificates last: a line for each signer.",
    )
    .option(
      "--overdue",
      "only those that should have renewed and did not, by the day their certificates end; seven days after it they are left out",
    )
    .addOption(signerOption())
    .option(
      "--state <state>",
      `only these: ${NODE_STATES.join(", ")}; stranded are those whose CA was retired`,
      choiceOption(NODE_STATES),
    )
    .option("--unknown", "only those that use a certificate that is not on record, as after a restore from a backup")
    .addHelpText(
      "after",
      `
Examples:
  $ nodeseal node list
  $ nodeseal node list --overdue
  Who must join again, after nodeseal ca retire --force:
  $ nodeseal node list --state stranded
  $ nodeseal node list --signer nodeseal.dev/server
  $ nodeseal node list -o json | jq -r '.items[] | select(.state == "Expired") | .nodeName'`,
    )
    .action(async ({ overdue = false, unknown = false, state, ...flags }: Flags, command: Command) => {
      const invocation = await listInvocationOf(command, context);
      const query = {
        ...(overdue ? { overdue: "true" } : {}),
        ...(unknown ? { unknown: "true" } : {}),
        ...(state === undefined ? {} : { state }),
        ...signerQuery(flags),
      };
      await presentList(
        invocation,
        { path: NODES_PATH, query },
        unknown ? UNKNOWN_VIEW : overdue ? OVERDUE_VIEW : NODE_VIEW,
        flags,
      );
    });
}

function addNodeShow(nodes: Command, context: CommandContext): void {
  nodes
    .command("show")
    .summary("show one node")
    .description(
      "Shows one node: which certificate it holds of each signer, when it was last heard of, and whether anybody used an old one.",
    )
    .argument("<name>", "the node's name")
    .addOption(signerOption())
    .addHelpText("after", "\nExamples:\n  $ nodeseal node show worker-1\n  $ nodeseal node show worker-1 -o json")
    .action(async (text: string, flags: SignerFlags, command: Command) => {
      const name = nodeNameFrom(text);
      const invocation = await invocationOf(command, context);
      const node = await knownNode(invocation.service.get(`${NODES_PATH}/${name}`, signerQuery(flags)));
      const inWords = (one: JsonObject): string =>
        fieldListText(nodeFields(one, invocation.clock()), invocation.screen);
      const signers = objectsMember(node, "signers") ?? [node];
      await present(invocation, node, () => signers.map(inWords).join("\n"));
    });
}

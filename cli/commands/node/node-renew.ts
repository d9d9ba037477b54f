import { Option, type Command } from "commander";
import { durationOption } from "../../arguments/duration-option.ts";
import { addConfirmation, mayGoOn, type ConfirmationFlags } from "../../invocation/confirmation.ts";
import { invocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import { objectMember, textMember } from "../../../core/input/json-object.ts";
import { doToEach, type Outcome } from "../../invocation/presentation.ts";
import { knownNode, NODES_PATH } from "./node-path.ts";
import { parseNames, selectionEffect, selectNodes } from "./node-selection.ts";
import { signerOption, signerQuery, signerText, type SignerFlags } from "./signer-option.ts";

const EPILOGUE = `
Examples:
  A certificate must be replaced, its key too:
  $ nodeseal node renew worker-1
  A whole rack, spread over a day:
  $ nodeseal node renew 'rack7-*' --within 24h --yes

An agent hears of it when it next asks, within seven hours; at once after systemctl reload nodeseal-agent on the node.
nodeseal-join.sh renew asks when its timer runs it. The kubelet's own rotation does not ask: it renews at its own time.
Where a key may be in wrong hands, do not wait for a renewal: nodeseal node revoke.`;

interface Flags extends SignerFlags, ConfirmationFlags {
  readonly within: number;
}

export function addNodeRenew(nodes: Command, context: CommandContext): void {
  addConfirmation(nodes.command("renew"))
    .summary("have nodes replace their certificates early")
    .description(
      "Has nodes replace their certificates before they would: each at a time of its own in what is given, never later than it would have.",
    )
    .argument("<name...>", "the nodes' names, or patterns such as 'rack7-*'")
    .addOption(signerOption())
    .addOption(
      new Option("--within <duration>", "spread over so long, up to 30d; 0 is as soon as they hear of it")
        .argParser(durationOption)
        .default(3600, "1h"),
    )
    .addHelpText("after", EPILOGUE)
    .action(async (texts: readonly string[], flags: Flags, command: Command) => {
      const typed = parseNames(texts);
      const invocation = await invocationOf(command, context);
      const selection = await selectNodes(invocation.service, typed, flags);
      const effect = () => selectionEffect(invocation.service, "renew", selection, flags);
      // Nothing is lost by an early renewal: what is named is not asked about.
      const isAsked = selection.patterns.length > 0 || flags.dryRun === true;
      if (isAsked && !(await mayGoOn(invocation, flags, false, effect))) return;
      await doToEach(invocation, selection.names, (name) => requestRenewal(invocation, name, flags));
    });
}

async function requestRenewal({ service }: Invocation, name: string, flags: Flags): Promise<Outcome> {
  const node = await knownNode(
    service.post(`${NODES_PATH}/${name}/renewal`, { withinSeconds: flags.within }, signerQuery(flags)),
  );
  const request = objectMember(node, "renewalRequest");
  const until = (request && textMember(request, "until")) ?? "its time is up";
  return {
    object: node,
    report: `node ${name}${signerText(flags)} is asked to renew until ${until}, or as soon as its agent hears of it after that\n`,
  };
}

import { Option, type Command } from "commander";
import { durationOption } from "../../arguments/duration-option.ts";
import { countOption } from "../../arguments/option-values.ts";
import { nodeNameFrom } from "../../arguments/resource-names.ts";
import { invocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import { objectMember, textMember } from "../../../core/input/json-object.ts";
import { doToEach, type Outcome } from "../../invocation/presentation.ts";
import { knownNode, NODES_PATH } from "./node-path.ts";
import { signerOption, signerQuery, signerText, type SignerFlags } from "./signer-option.ts";

const EPILOGUE = `
Examples:
  A machine was in a drawer for a year, and is back:
  $ nodeseal node show worker-1          # its certificate has expired; was it ever used by somebody else?
  $ nodeseal node allow-recovery worker-1
  A rack is powered up over the weekend:
  $ nodeseal node allow-recovery worker-1 worker-2 worker-3 --for 72h

The agent asks by itself, every quarter of an hour at the latest. Nothing recovers where policy says recoveries: 0, what
was revoked or released, or what a CA signed that was retired or has ended. This command says so; release such a name, and
join the machine again with a new token.`;

interface Flags extends SignerFlags {
  readonly for: number;
  readonly recoveries: number;
}

export function addNodeAllowRecovery(nodes: Command, context: CommandContext): void {
  nodes
    .command("allow-recovery")
    .summary("let nodes that were off too long come back by themselves")
    .description(
      "Lets nodes whose certificates have expired come back by themselves: the latest certificate of each may ask for the next, although policy would not let it any more.",
    )
    .argument("<name...>", "the nodes' names")
    .addOption(signerOption())
    .addOption(
      new Option("--for <duration>", "for how long, from 1m to 30d").argParser(durationOption).default(86_400, "24h"),
    )
    .addOption(new Option("--recoveries <n>", "how often, up to 10").argParser(countOption).default(1, "1"))
    .addHelpText("after", EPILOGUE)
    .action(async (texts: readonly string[], flags: Flags, command: Command) => {
      const names = texts.map(nodeNameFrom);
      const invocation = await invocationOf(command, context);
      await doToEach(invocation, names, (name) => allowRecovery(invocation, name, flags));
    });
}

async function allowRecovery({ service }: Invocation, name: string, flags: Flags): Promise<Outcome> {
  const body = { ttlSeconds: flags.for, recoveries: flags.recoveries };
  const node = await knownNode(service.post(`${NODES_PATH}/${name}/recovery`, body, signerQuery(flags)));
  const allowance = objectMember(node, "recoveryAllowance");
  const until = (allowance && textMember(allowance, "until")) ?? "its time is up";
  const times = flags.recoveries === 1 ? "once" : `${flags.recoveries} times`;
  return {
    object: node,
    report:
      `node ${name}${signerText(flags)} may recover ${times} until ${until}: whoever holds its latest certificate and key comes back with them\n` +
      `  if its disk may be in wrong hands, take that back: nodeseal node revoke ${name}\n`,
  };
}

import type { Command } from "commander";
import { requestNameFrom } from "../../arguments/resource-names.ts";
import { invocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import { objectMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { printable } from "../../output/printable-text.ts";
import { doToEach, type Outcome } from "../../invocation/presentation.ts";
import { knownRequest, REQUESTS_PATH } from "./request-path.ts";

interface Verb {
  readonly decision: "Approved" | "Denied";
  readonly summary: string;
  readonly description: string;
  readonly epilogue: string;
}

const VERBS = {
  approve: {
    decision: "Approved",
    summary: "approve requests",
    description: "Approves requests. Each is signed when its node next asks.",
    epilogue: `
Examples:
  Look first, then say yes:
  $ nodeseal csr show csr-Zk3…
  $ nodeseal csr approve csr-Zk3… --reason InventoryChecked --message 'ticket 4711'
  Several at once:
  $ nodeseal csr approve csr-Zk3… csr-9Qa…
  The name is held by a live certificate, and its holder lost the key:
  $ nodeseal csr approve csr-Zk3… --replace

What could not be signed is not approved: the reason says what to do. An approval cannot be taken back; a certificate
can: nodeseal cert revoke.`,
  },
  deny: {
    decision: "Denied",
    summary: "deny requests",
    description: "Denies requests for good. The requesters see the reason and get no certificate.",
    epilogue: `
Examples:
  $ nodeseal csr deny csr-Zk3… --reason UnknownMachine --message 'not in the inventory'

A denial cannot be taken back: the machine must ask again with another key.`,
  },
} as const satisfies Readonly<Record<string, Verb>>;

interface DecisionFlags {
  readonly reason?: string;
  readonly message?: string;
  readonly replace?: true;
}

export function addRequestDecision(requests: Command, context: CommandContext, verb: keyof typeof VERBS): void {
  const { decision, summary, description, epilogue } = VERBS[verb];
  const command = requests
    .command(verb)
    .summary(summary)
    .description(description)
    .argument("<name...>", "the requests' names")
    .option("--reason <word>", "one word for machines, like InventoryChecked")
    .option("--message <text>", "a sentence for people")
    .addHelpText("after", epilogue)
    .action(async (texts: readonly string[], flags: DecisionFlags, command: Command) => {
      const names = texts.map(requestNameFrom);
      const { reason, message, replace } = flags;
      const body = {
        decision,
        ...(reason === undefined ? {} : { reason }),
        ...(message === undefined ? {} : { message }),
        ...(replace === undefined ? {} : { replace }),
      };
      const invocation = await invocationOf(command, context);
      await doToEach(invocation, names, (name) => decide(invocation, name, body));
    });
  if (verb === "approve")
    command.option("--replace", "also where a live certificate with another key holds the name: it is replaced");
}

/** @returns what to tell of it */
export async function decide(
  { service }: Pick<Invocation, "service">,
  name: string,
  body: JsonObject,
): Promise<Outcome> {
  const request = await knownRequest(service.post(`${REQUESTS_PATH}/${name}/approval`, body));
  return { object: request, report: `${printable(reportOf(name, body, request))}\n` };
}

function reportOf(name: string, { decision }: JsonObject, request: JsonObject): string {
  const subject = textMember(request, "subject") ?? textMember(request, "nodeName") ?? "";
  if (decision === "Denied") return `${name} denied (${subject})`;
  const serialNumber = textMember(request, "serialNumber");
  const obstacle = objectMember(request, "obstacle");
  if (obstacle !== undefined)
    return `${name} approved (${subject}), and not signed: ${textMember(obstacle, "message") ?? ""}`;
  const next =
    serialNumber === undefined ? "it is signed when its owner next asks" : `its serial number is ${serialNumber}`;
  return `${name} approved (${subject}): ${next}`;
}

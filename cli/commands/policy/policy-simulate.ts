import { Option, type Command } from "commander";
import type { JsonObject } from "../../../core/input/json-object.ts";
import { KEY_TYPES } from "../../../core/keys/key-type.ts";
import { countOption, listOption } from "../../arguments/option-values.ts";
import { subjectOption } from "../../arguments/subject-option.ts";
import { invocationOf, offlineInvocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { OperatorError, UsageError } from "../../program/operator-error.ts";
import { fieldListText } from "../../output/field-list.ts";
import { present } from "../../invocation/presentation.ts";
import { simulatedRequest, type SimulationFlags } from "./simulated-request.ts";
import { denialText, simulationFields } from "./simulation-fields.ts";

const EXAMPLES = `
Examples:
  $ nodeseal policy simulate --node worker-1                              # with a token of the default group
  $ nodeseal policy simulate --token abcdef --csr worker-1.csr
  $ nodeseal policy simulate --policy policy.json --evidence identity-token   # its signature is not checked
  $ nodeseal policy simulate --group system:nodes --node worker-1         # its renewal
  $ nodeseal policy simulate --policy policy.json --group system:bootstrappers:web \\
      --signer nodeseal.dev/server --node web-1 --dns web-1.example.com -o json

Exit status: 0 it would be issued, or wait for approval; 1 it would be denied, or nobody could say; 2 wrong usage.`;

const DESCRIPTION =
  "Shows whether policy would give a request a certificate, which one, and by which rule. The same function decides on real requests. Nothing is signed or written, and whether the node's name is free is not checked. With --policy it needs no service.";

type Flags = SimulationFlags & { readonly policy?: string };

export function addPolicySimulate(policies: Command, context: CommandContext): void {
  policies
    .command("simulate")
    .summary("show what policy would decide on a request")
    .description(DESCRIPTION)
    .option(
      "--group <group>",
      "a group of the requester (repeatable; default: that of nodeseal token create)",
      listOption,
    )
    .option(
      "--username <name>",
      "the requester's username (default: a bootstrap token's; for system:nodes the node's own)",
    )
    .option("--token <id>", "the requester has this token of the service, with its groups and limits")
    .option("--evidence <file>", "the requester has this identity token (JWT), or one with these claims (JSON)")
    .option("--node <name>", "the request asks for the signer's usual subject for this name")
    .option("--csr <file>", "the request is this CSR (PEM)")
    .option(
      "--subject <subject>",
      'the request asks for this subject, like "O=system:nodes, CN=system:node:n1"',
      subjectOption,
    )
    .option("--dns <name>", "the request asks for this DNS name (repeatable)", listOption)
    .option("--ip <address>", "the request asks for this IP address (repeatable)", listOption)
    .addOption(new Option("--key-type <type>", "the type of the request's key (default: P-256)").choices(KEY_TYPES))
    .option("--signer <name>", "the signer (default: kubernetes.io/kube-apiserver-client-kubelet)")
    .option("--usages <usages>", "Kubernetes' usages, comma separated (default: the signer's own)", listOption)
    .option("--expiration-seconds <n>", "the requested lifetime (default: the rule's)", countOption)
    .option("--source-ip <address>", "the requester's address (default: one that the token allows)")
    .option(
      "--policy <file>",
      "use this policy or configuration file, without a service (default: the service's policy)",
    )
    .addHelpText("after", EXAMPLES)
    .action(async ({ policy, ...flags }: Flags, command: Command) => {
      const request = simulatedRequest(flags);
      if (policy !== undefined && flags.token !== undefined)
        throw new UsageError("only the service knows the --token: with --policy give its --group instead");
      const simulation = await (policy === undefined
        ? simulatedByService(request, command, context)
        : simulatedHere(request, policy, context));
      const { format, screen } = offlineInvocationOf(command, context);
      await present({ format, screen }, simulation, () => fieldListText(simulationFields(simulation), screen));
      const denial = denialText(simulation);
      if (denial !== undefined) context.fail(new OperatorError(denial));
    });
}

async function simulatedByService(request: JsonObject, command: Command, context: CommandContext): Promise<JsonObject> {
  const { service } = await invocationOf(command, context);
  return service.post("/v1/admin/policy/simulation", request);
}

async function simulatedHere(request: JsonObject, policyFile: string, { clock }: CommandContext): Promise<JsonObject> {
  // The decision function takes a while to load, and help does not need it.
  const { simulateOffline } = await import("./offline-simulation.ts");
  return simulateOffline(request, policyFile, clock());
}

import type { Command } from "commander";
import type { CommandContext } from "../../invocation/invocation.ts";
import type { AddressFlags } from "../../service/service-address.ts";

const EPILOGUE = `
kubectl runs it by itself, from the kubeconfig that nodeseal kubeconfig writes. To see who it makes you:
  $ kubectl --kubeconfig nodeseal.kubeconfig auth whoami`;

export function addKubeCredential(program: Command, context: CommandContext): void {
  program
    .command("kube-credential")
    .summary("a short-lived token for kubectl, from your AWS credentials")
    .description(
      "Prints an ExecCredential of client.authentication.k8s.io/v1 with a bearer token made of your AWS credentials, as EKS does it.",
    )
    .addHelpText("after", EPILOGUE)
    .action(async (_flags: unknown, command: Command) => {
      const { clock, screen } = context;
      const flags = command.optsWithGlobals<AddressFlags>();
      const { serviceAddress } = await import("../../service/service-address.ts");
      const { service, environment } = await serviceAddress(flags, context.environment);
      const { findAccessKey, regionFor } = await import("../../service/access-key.ts");
      const { administratorToken } = await import("../../service/administrator-token.ts");
      const accessKey = await findAccessKey(environment);
      const region = regionFor(service, environment);
      const { token, expiresAt } = await administratorToken(accessKey, region, service.host, clock());
      const credential = {
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        spec: { interactive: false },
        status: { expirationTimestamp: expiresAt.toISOString().replace(/\.\d{3}Z$/, "Z"), token },
      };
      screen.write(`${JSON.stringify(credential)}\n`);
    });
}

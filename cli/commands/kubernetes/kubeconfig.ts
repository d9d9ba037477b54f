import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { CommandContext } from "../../invocation/invocation.ts";
import { messageOf, OperatorError } from "../../program/operator-error.ts";
import type { AddressFlags } from "../../service/service-address.ts";

const EPILOGUE = `
Examples:
  $ nodeseal kubeconfig --file nodeseal.kubeconfig
  $ export KUBECONFIG=$PWD/nodeseal.kubeconfig
  $ kubectl get csr
  $ kubectl certificate approve csr-x7k2p
  $ kubeadm token create --kubeconfig nodeseal.kubeconfig

It holds no secret: kubectl asks nodeseal kube-credential for a token whenever it needs one, with the AWS credentials of
the shell it is run in.`;

/** The absolute path of this program: another shell may have another PATH. */
const PROGRAM = resolve(import.meta.dirname, "../../../bin/nodeseal.js");

export function addKubeconfig(program: Command, { environment, screen }: CommandContext): void {
  program
    .command("kubeconfig")
    .summary("a kubeconfig for kubectl and kubeadm as administrator")
    .description("Writes a kubeconfig with which kubectl and kubeadm administer this service.")
    .option("--file <path>", "write it there (mode 0600) instead of printing it")
    .addHelpText("after", EPILOGUE)
    .action(async (flags: { readonly file?: string }, command: Command) => {
      const { structuredText } = await import("../../output/structured-text.ts");
      const { readCaFile } = await import("../../service/ca-file.ts");
      const { serviceAddress } = await import("../../service/service-address.ts");
      const { service } = await serviceAddress(command.optsWithGlobals<AddressFlags>(), environment);
      const caFile = environment["NODESEAL_CA_FILE"];
      const text = await structuredText(kubeconfigFor(service, caFile ? readCaFile(caFile) : undefined), "yaml");
      if (flags.file === undefined) screen.write(text);
      else writeKubeconfig(flags.file, text);
    });
}

function kubeconfigFor(service: URL, caPem: string | undefined) {
  const server = service.href.replace(/\/$/, "");
  const trust = caPem === undefined ? {} : { "certificate-authority-data": Buffer.from(caPem).toString("base64") };
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "nodeseal", cluster: { server, ...trust } }],
    contexts: [{ name: "nodeseal", context: { cluster: "nodeseal", user: "nodeseal" } }],
    "current-context": "nodeseal",
    preferences: {},
    users: [
      {
        name: "nodeseal",
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1",
            command: process.execPath,
            args: [PROGRAM, "kube-credential", "--url", server],
            env: [],
            interactiveMode: "Never",
            provideClusterInfo: false,
          },
        },
      },
    ],
  };
}

function writeKubeconfig(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (cause) {
    throw new OperatorError(`cannot write the kubeconfig: ${messageOf(cause)}`, { cause });
  }
}

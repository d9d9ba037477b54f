import type { Command } from "commander";
import type { CommandContext } from "../../invocation/invocation.ts";
import { addKubeCredential } from "./kube-credential.ts";
import { addKubeconfig } from "./kubeconfig.ts";

/** For kubectl and kubeadm as an administrator's tools. */
export function addKubernetesCommands(program: Command, context: CommandContext): void {
  addKubeconfig(program, context);
  addKubeCredential(program, context);
}

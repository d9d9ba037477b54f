import type { Command } from "commander";
import type { CommandContext } from "../../invocation/invocation.ts";
import { addKubeCredential } from "./kube-credential.ts";
import { addKubeconfig } from "./kubeconfig.ts";

/** Commands for administrators who use kubectl and kubeadm. */
export function addKubernetesCommands(program: Command, context: CommandContext): void {
  addKubeconfig(program, context);
  addKubeCredential(program, context);
}

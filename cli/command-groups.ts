import type { Command } from "commander";
import type { CommandContext } from "./invocation/invocation.ts";

interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly load: () => Promise<(group: Command, context: CommandContext) => void>;
}

/** In the order of the help. The commands of a group are loaded when one of them is called. */
const GROUPS: readonly CommandGroup[] = [
  {
    name: "token",
    summary: "bootstrap tokens: create, list, show, revoke",
    description: "Bootstrap tokens: what a machine trades for its first certificate.",
    load: async () => (await import("./commands/token/token-commands.ts")).addTokenCommands,
  },
  {
    name: "csr",
    summary: "certificate signing requests: list, show, review, approve, deny",
    description: "Certificate signing requests that wait for a decision, or were decided.",
    load: async () => (await import("./commands/request/request-commands.ts")).addRequestCommands,
  },
  {
    name: "cert",
    summary: "certificates: list, show, revoke",
    description: "Certificates: every one that was ever signed, by serial number.",
    load: async () => (await import("./commands/certificate/certificate-commands.ts")).addCertificateCommands,
  },
  {
    name: "node",
    summary: "nodes: list, show, release, revoke, renew, allow-recovery",
    description: "Nodes: who holds which name.",
    load: async () => (await import("./commands/node/node-commands.ts")).addNodeCommands,
  },
  {
    name: "recovery",
    summary: "after a restore from a backup: admit, show, end",
    description:
      "After a restore from a backup: nodes come back whose certificates were issued since, and are not on record.",
    load: async () => (await import("./commands/recovery/recovery-commands.ts")).addRecoveryCommands,
  },
  {
    name: "ca",
    summary: "certificate authorities: show, prepare, activate, retire, rollback, withdraw, csr, bundle, crl",
    description: "Certificate authorities: who signs, and what servers must trust.",
    load: async () => (await import("./commands/authority/authority-commands.ts")).addAuthorityCommands,
  },
  {
    name: "audit",
    summary: "proof: reconcile the CA keys' signatures with the records",
    description: "Proof of what was signed.",
    load: async () => (await import("./commands/audit/audit-commands.ts")).addAuditCommands,
  },
  {
    name: "policy",
    summary: "who may have which certificate: check, show, diff, simulate",
    description: "Policy: who may have which certificate.",
    load: async () => (await import("./commands/policy/policy-commands.ts")).addPolicyCommands,
  },
];

/**
 * Adds the groups by name and summary, which is enough for `--version`, `--help` and the other groups.
 *
 * @returns a function that adds the commands of the group that is called. It does nothing for any other command
 */
export function addCommandGroups(program: Command, context: CommandContext): (command: Command) => Promise<void> {
  const unloaded = new Map<Command, CommandGroup>();
  for (const group of GROUPS)
    unloaded.set(program.command(group.name).summary(group.summary).description(group.description), group);
  return async (command) => {
    const group = unloaded.get(command);
    if (group === undefined) return;
    const addCommands = await group.load();
    addCommands(command, context);
    unloaded.delete(command);
  };
}

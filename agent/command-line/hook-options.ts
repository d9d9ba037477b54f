import { Option, type Command } from "commander";
import { UsageError } from "../program/agent-error.ts";
import type { ExecHook } from "../keeper/exec-hook.ts";
import { durationOption } from "./option-values.ts";

export interface HookFlags {
  readonly exec?: string;
  readonly execTimeout: number;
}

export function addHookOptions(command: Command, occasion = "each new certificate"): Command {
  return command
    .option("--exec <command>", `run this with /bin/sh after ${occasion}`)
    .addOption(
      new Option("--exec-timeout <duration>", "end it when it takes longer")
        .argParser(durationOption)
        .default(60, "60s"),
    );
}

/** The hook's part of the help texts. */
export const HOOK_HELP = `
--exec finds in its environment: NODESEAL_CERTIFICATE and NODESEAL_TRUST_BUNDLE (files), NODESEAL_NODE, NODESEAL_DIR,
NODESEAL_SERIAL_NUMBER, NODESEAL_NOT_AFTER. A hook that fails, or that a crash kept from running, is run again.`;

export function hookFrom({ exec, execTimeout }: HookFlags): ExecHook | undefined {
  if (execTimeout === 0) throw new UsageError("--exec-timeout must be longer than 0");
  return exec === undefined ? undefined : { command: exec, timeoutSeconds: execTimeout };
}

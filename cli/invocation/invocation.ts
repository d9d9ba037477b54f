import type { Command } from "commander";
import type { AddressFlags } from "../service/service-address.ts";
import type { AdminService } from "../service/admin-service.ts";
import type { Screen } from "../output/screen.ts";
import type { StructuredFormat } from "../output/structured-text.ts";

export const OUTPUT_FORMATS = ["table", "json", "yaml"] as const satisfies readonly ("table" | StructuredFormat)[];
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** What a command needs from outside. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: () => Date;
  readonly screen: Screen;
  /** Reports one failure while other actions go on. The exit status will be 1. */
  readonly fail: (error: unknown) => void;
}

/** One run of one command. */
export interface Invocation extends CommandContext {
  readonly format: OutputFormat;
  readonly service: AdminService;
}

interface GlobalFlags extends AddressFlags {
  readonly output: OutputFormat;
}

/** For a command that needs no service. */
export function offlineInvocationOf(command: Command, context: CommandContext): Omit<Invocation, "service"> {
  return { ...context, format: command.optsWithGlobals<GlobalFlags>().output };
}

/** @throws UsageError, OperatorError when the service is not named, or cannot be trusted */
export async function invocationOf(command: Command, context: CommandContext): Promise<Invocation> {
  const { output, ...flags } = command.optsWithGlobals<GlobalFlags>();
  // HTTPS, signatures and credentials take a while to load, and help does not need them.
  const { openAdminService } = await import("../service/admin-service.ts");
  const { serviceAddress } = await import("../service/service-address.ts");
  const address = await serviceAddress(flags, context.environment);
  return { ...context, format: output, service: openAdminService({ ...address, clock: context.clock }) };
}

import type { Command } from "commander";
import type { AddressFlags } from "../service/service-address.ts";
import type { AdminService } from "../service/admin-service.ts";
import type { Screen } from "../output/screen.ts";
import type { StructuredFormat } from "../output/structured-text.ts";
import { UsageError } from "../program/operator-error.ts";

export const OUTPUT_FORMATS = ["table", "wide", "name", "json", "yaml", "csv"] as const;
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
  readonly format: "table" | StructuredFormat;
  readonly service: AdminService;
}

interface GlobalFlags extends AddressFlags {
  readonly output: OutputFormat;
}

/** A list, which people and programs take in more forms than a single object. */
export interface ListInvocation extends Invocation {
  readonly layout: { readonly format: OutputFormat; readonly hasHeaders: boolean };
}

/** For a command that needs no service. @throws UsageError when the form of output is for lists */
export function offlineInvocationOf(command: Command, context: CommandContext): Omit<Invocation, "service"> {
  const { output } = command.optsWithGlobals<GlobalFlags>();
  if (output === "name" || output === "csv") {
    throw new UsageError(
      `-o ${output} is for lists, such as nodeseal node list -o ${output}; here: table, wide, json, yaml`,
    );
  }
  return { ...contextFor(output, context), format: output === "wide" ? "table" : output };
}

/** A wide table is as wide as it is, whatever the terminal. */
function contextFor(output: OutputFormat, context: CommandContext): CommandContext {
  return output === "wide" ? { ...context, screen: { ...context.screen, columns: Infinity } } : context;
}

/** @throws UsageError, OperatorError when the service is not named, or cannot be trusted */
export async function invocationOf(command: Command, context: CommandContext): Promise<Invocation> {
  const offline = offlineInvocationOf(command, context);
  return { ...offline, service: await serviceOf(command, context) };
}

/** For a command that prints a list. @throws as invocationOf */
export async function listInvocationOf(command: Command, context: CommandContext): Promise<ListInvocation> {
  const { output, headers = true } = command.optsWithGlobals<GlobalFlags & { readonly headers?: boolean }>();
  return {
    ...contextFor(output, context),
    format: output === "json" || output === "yaml" ? output : "table",
    layout: { format: output, hasHeaders: headers },
    service: await serviceOf(command, context),
  };
}

async function serviceOf(command: Command, context: CommandContext): Promise<AdminService> {
  const flags = command.optsWithGlobals<GlobalFlags>();
  // HTTPS, signatures and credentials take a while to load, and help does not need them.
  const { openAdminService } = await import("../service/admin-service.ts");
  const { serviceAddress } = await import("../service/service-address.ts");
  const address = await serviceAddress(flags, context.environment);
  return openAdminService({ ...address, clock: context.clock });
}

import { UsageError } from "../program/operator-error.ts";
import { serviceUrlFrom } from "./service-url.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The options of every command that name the service. */
export interface AddressFlags {
  readonly url?: string;
  readonly stack?: string;
  readonly region?: string;
}

export interface ServiceAddress {
  readonly service: URL;
  /** The setting that the address came from, for the message about an unknown host. */
  readonly setting: string;
  /** The environment, with `--region` if it was given. */
  readonly environment: Environment;
}

/**
 * Finds the service's address. The command line comes before the environment, and a URL before a stack, which costs a
 * request.
 *
 * @throws UsageError when it is missing, or given twice; OperatorError when the stack does not have it
 */
export async function serviceAddress(flags: AddressFlags, given: Environment): Promise<ServiceAddress> {
  const environment = flags.region === undefined ? given : { ...given, AWS_REGION: flags.region };
  if (flags.url !== undefined && flags.stack !== undefined)
    throw new UsageError("give --url or --stack, not both: they may name two services");
  const url = flags.url ?? (flags.stack === undefined ? environment["NODESEAL_URL"] : undefined);
  const stack = flags.stack ?? (environment["NODESEAL_STACK"] || undefined);
  const setting = flags.url === undefined ? "NODESEAL_URL" : "--url";
  if (url || stack === undefined) return { service: serviceUrlFrom(url), setting, environment };
  const { findStackUrl } = await import("./stack-url.ts");
  const service = serviceUrlFrom(await findStackUrl(stack, environment));
  return { service, setting: `the Url of stack ${stack}`, environment };
}

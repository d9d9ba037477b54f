import { UsageError } from "../program/operator-error.ts";
import { serviceUrlFrom } from "./service-url.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The options that say which service, on every command. */
export interface AddressFlags {
  readonly url?: string;
  readonly stack?: string;
  readonly region?: string;
}

export interface ServiceAddress {
  readonly service: URL;
  /** Who said so, for a message about a host that is not there. */
  readonly setting: string;
  /** With `--region` in it, where it was given. */
  readonly environment: Environment;
}

/**
 * Which service is meant: what the command line says before what the environment says, and a URL before a stack, which
 * costs a request.
 *
 * @throws UsageError when it is not said, or twice; OperatorError when the stack cannot tell
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

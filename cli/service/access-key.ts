import { OperatorError, messageOf } from "../program/operator-error.ts";
import type { AccessKey } from "./request-signature.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The operator's AWS credentials, from the usual sources of AWS tools: environment, profile, SSO, container, instance.
 *
 * @throws OperatorError
 */
export async function findAccessKey(environment: Environment): Promise<AccessKey> {
  return accessKeyOfEnvironment(environment) ?? (await accessKeyOfChain(environment));
}

/**
 * Keys in the environment come first, as for the AWS command line. In the SDK's chain AWS_PROFILE would win: then the
 * keys of a local service's `env` file would be ignored in a shell with a profile.
 */
function accessKeyOfEnvironment(environment: Environment): AccessKey | undefined {
  const accessKeyId = environment["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = environment["AWS_SECRET_ACCESS_KEY"];
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: environment["AWS_SESSION_TOKEN"] || undefined };
}

async function accessKeyOfChain(environment: Environment): Promise<AccessKey> {
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  try {
    return await defaultProvider()();
  } catch (cause) {
    if (!isNoCredentials(cause)) throw new OperatorError(`no AWS credentials: ${messageOf(cause)}`, { cause });
    const profile = environment["AWS_PROFILE"];
    const missing = profile ? `the profile ${JSON.stringify(profile)} of AWS_PROFILE has none` : "none are configured";
    throw new OperatorError(
      `no AWS credentials: ${missing}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE ` +
        "(a local service: source <data-dir>/env)",
      { cause },
    );
  }
}

/** The chain's error when none of its providers found anything. Other errors say what is wrong in a profile. */
function isNoCredentials(error: unknown): boolean {
  return messageOf(error).includes("Could not load credentials from any providers");
}

/** `<id>.execute-api.<region>.amazonaws.com`: such a host accepts only signatures for its own region. */
const EXECUTE_API_HOST = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;

/** @throws OperatorError when neither the address nor the environment names a region */
export function regionFor(url: URL, environment: Environment): string {
  return EXECUTE_API_HOST.exec(url.hostname)?.[1] ?? regionOf(environment, "service");
}

/** It becomes part of a host name, so it must contain nothing else. @throws OperatorError */
export function stackRegion(environment: Environment): string {
  const region = regionOf(environment, "stack");
  if (/^[a-z0-9-]{1,32}$/.test(region)) return region;
  throw new OperatorError(`${JSON.stringify(region)} is no AWS region, like eu-central-1`);
}

function regionOf(environment: Environment, what: string): string {
  const region = environment["AWS_REGION"] || environment["AWS_DEFAULT_REGION"];
  if (region) return region;
  throw new OperatorError(`no AWS region: give --region or set AWS_REGION, the ${what}'s, like eu-central-1`);
}

import { dirname, resolve } from "node:path";
import { RefusalError } from "../../core/refusal.ts";
import { parsePolicy } from "../../core/policy/policy-document.ts";
import type { Policy } from "../../core/policy/policy.ts";
import { parseConfiguration } from "./configuration.ts";
import type { DeploymentConfiguration } from "./deployment-configuration.ts";
import { ConfigurationFileError } from "./configuration-file-error.ts";
import { readJsonFile, readTextFile } from "./json-file.ts";

/**
 * Reads a configuration file. The paths of `policyFile` and `caFile` are relative to it.
 *
 * @throws ConfigurationFileError naming the file, and the member at fault
 */
export function readConfigurationFile(path: string): DeploymentConfiguration {
  const besides = (other: string): string => resolve(dirname(path), other);
  const document = readJsonFile(path);
  return namingFile(path, () =>
    parseConfiguration(
      document,
      (policyFile) => readJsonFile(besides(policyFile)),
      (caFile) => readTextFile(besides(caFile)),
    ),
  );
}

/**
 * Reads a policy file, for a service that is composed without a configuration file.
 *
 * @throws ConfigurationFileError naming the file, and the member at fault
 */
export function readPolicyFile(path: string): Policy {
  const document = readJsonFile(path);
  return namingFile(path, () => parsePolicy(document));
}

function namingFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RefusalError)) throw cause;
    throw new ConfigurationFileError(`${path}: ${cause.message}`, { cause });
  }
}

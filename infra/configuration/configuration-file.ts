import { dirname, resolve } from "node:path";
import { RefusalError } from "../../core/refusal.ts";
import { parseConfiguration, type DeploymentConfiguration } from "./configuration.ts";
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
  try {
    return parseConfiguration(
      document,
      (policyFile) => readJsonFile(besides(policyFile)),
      (caFile) => readTextFile(besides(caFile)),
    );
  } catch (cause) {
    if (!(cause instanceof RefusalError)) throw cause;
    throw new ConfigurationFileError(`${path}: ${cause.message}`, { cause });
  }
}

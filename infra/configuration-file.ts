import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseConfiguration, type DeploymentConfiguration } from "./configuration.ts";

/**
 * Reads a configuration file; a `policyFile` in it is relative to it.
 *
 * @throws Error naming the file; RefusalError naming the member
 */
export function readConfigurationFile(path: string): DeploymentConfiguration {
  return parseConfiguration(readJson(path), (policyFile) => readJson(resolve(dirname(path), policyFile)));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot read ${path} as JSON: ${reason}`, { cause });
  }
}

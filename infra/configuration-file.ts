import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseConfiguration, type DeploymentConfiguration } from "./configuration.ts";

/**
 * Reads a configuration file; a `policyFile` or `caFile` in it is relative to it.
 *
 * @throws Error naming the file; RefusalError naming the member
 */
export function readConfigurationFile(path: string): DeploymentConfiguration {
  const besides = (other: string): string => resolve(dirname(path), other);
  return parseConfiguration(
    readJson(path),
    (policyFile) => readJson(besides(policyFile)),
    (caFile) => readText(besides(caFile)),
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot read ${path}: ${reason}`, { cause });
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot read ${path} as JSON: ${reason}`, { cause });
  }
}

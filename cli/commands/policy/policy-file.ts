import { dirname, resolve } from "node:path";
import { isJsonObject } from "../../../core/input/json-object.ts";
import { parseJsonText } from "../../../core/input/json-text.ts";
import { parseNewPolicy, parsePolicyMember } from "../../../core/policy/policy-document.ts";
import type { Policy } from "../../../core/policy/policy.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { OperatorError } from "../../program/operator-error.ts";
import { readText } from "./text-file.ts";

/**
 * Reads a policy from its own file, or from a configuration with `policy` or `policyFile`, as synthesis does.
 *
 * @throws OperatorError in one line: the file, the member, what was got, what is allowed
 */
export function readPolicyFile(path: string): Policy {
  const document = readJson(path);
  const holdsNone =
    isJsonObject(document) && !["version", "rules", "policy", "policyFile"].some((name) => name in document);
  if (holdsNone)
    throw new OperatorError(
      `${path} holds no policy and names none; a configuration without policy or policyFile has the shipped default`,
    );
  const isConfiguration = isJsonObject(document) && ("policy" in document || "policyFile" in document);
  return withPrefix(`${path}: `, () =>
    isConfiguration ? policyOfConfiguration(document, dirname(path)) : parseNewPolicy(document),
  );
}

function policyOfConfiguration(document: Readonly<Record<string, unknown>>, directory: string): Policy {
  const { policy, policyFile } = document;
  if (policyFile === undefined) return parsePolicyMember("policy", policy);
  if (policy !== undefined)
    throw new RefusalError("malformed_request", "the configuration must not have both a policy and a policyFile");
  if (typeof policyFile !== "string" || policyFile === "")
    throw new RefusalError("malformed_request", 'the configuration: "policyFile" must be the path of a file');
  return parsePolicyMember("policyFile", readJson(resolve(directory, policyFile)));
}

function readJson(path: string): unknown {
  const text = readText(path);
  return withPrefix(`${path} `, () => parseJsonText(text));
}

function withPrefix<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof RefusalError) throw new OperatorError(prefix + cause.message, { cause });
    throw cause;
  }
}

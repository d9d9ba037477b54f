import { readFileSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { encodeBootstrapToken, parseBootstrapToken } from "../../core/token/bootstrap-token.ts";
import { KEY_TYPES, type KeyType } from "../../core/keys/key-type.ts";
import { faultOfNodeName } from "../../core/certificate/node-name.ts";
import { AgentError, messageOf, UsageError } from "../program/agent-error.ts";
import { parseDurationSeconds } from "../output/duration.ts";
import { parseCaCertHash } from "../certificate/trust-bundle.ts";

/* Each function turns the text of one option into its value, or reports the allowed form. */

export function nodeNameOption(text: string): string {
  const fault = faultOfNodeName(text);
  if (fault !== undefined) throw new InvalidArgumentError(`${fault}.`);
  return text;
}

export function keyTypeOption(text: string): KeyType {
  const keyType = KEY_TYPES.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (keyType === undefined) throw new InvalidArgumentError(`allowed are ${KEY_TYPES.join(", ")}.`);
  return keyType;
}

export function durationOption(text: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds === undefined) throw new InvalidArgumentError("write it like 90s, 15m, 24h or 1h30m.");
  return seconds;
}

export function caCertHashOption(text: string, others: readonly string[] | undefined): readonly string[] {
  const hash = parseCaCertHash(text);
  if (hash === undefined) throw new InvalidArgumentError("write it like sha256:<64 hexadecimal digits>.");
  return [...(others ?? []), hash];
}

/** The prefix of file names: one path segment, not hidden, that cannot clash with the agent's own files. */
export function prefixOption(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text) || text.startsWith("nodeseal")) {
    throw new InvalidArgumentError("letters, digits, '.', '_' and '-', not starting with nodeseal.");
  }
  return text;
}

/**
 * The token from the option or the file. Errors never repeat it.
 *
 * @throws UsageError, AgentError when the file cannot be read
 */
export function tokenFrom(token: string | undefined, tokenFile: string | undefined): string {
  if ((token === undefined) === (tokenFile === undefined)) {
    throw new UsageError("give the token with --token or --token-file, one of them (--token-file - reads stdin)");
  }
  const text = (token ?? readTokenFile(tokenFile ?? "-")).trim();
  const parsed = parseBootstrapToken(text);
  if (parsed === undefined) {
    throw new UsageError(
      "the token is not of the form abcdef.0123456789abcdef (6 and 16 lower-case letters or digits)",
    );
  }
  return encodeBootstrapToken(parsed);
}

const STDIN = 0;

function readTokenFile(path: string): string {
  try {
    return readFileSync(path === "-" ? STDIN : path, "utf8");
  } catch (error) {
    throw new AgentError(`cannot read the token file: ${messageOf(error)}`, { cause: error });
  }
}

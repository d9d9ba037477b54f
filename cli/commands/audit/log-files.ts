import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseSigningLog, type SigningEvent } from "../../../core/audit/signing-event.ts";
import { messageOf, OperatorError } from "../../program/operator-error.ts";

/** What a set of log files says. */
export interface ReadLogs {
  readonly files: number;
  /** Each once, however often it was delivered. */
  readonly events: readonly SigningEvent[];
  /** Of the first and the last record; undefined where there is none. */
  readonly firstAt: Date | undefined;
  readonly lastAt: Date | undefined;
}

/**
 * Reads CloudTrail's log files: those named, and all in the folders named. Digest files, which lie beside them, are left out.
 *
 * @throws OperatorError naming a file that cannot be read, is cut off, or is no log file: what it may tell would be missing
 */
export function readLogs(paths: readonly string[]): ReadLogs {
  const files = [...new Set(paths.flatMap(logFilesIn))].sort();
  const events = new Map<string, SigningEvent>();
  let [firstMs, lastMs] = [Infinity, -Infinity];
  for (const file of files) {
    const { times, events: found } = readLog(file);
    for (const event of found) events.set(event.eventId, event);
    for (const at of times) {
      firstMs = Math.min(firstMs, at.getTime());
      lastMs = Math.max(lastMs, at.getTime());
    }
  }
  // Entries have whole seconds, cut off: the last one lies anywhere within its own.
  lastMs += 999;
  const isEmpty = lastMs < firstMs;
  return {
    files: files.length,
    events: [...events.values()],
    firstAt: isEmpty ? undefined : new Date(firstMs),
    lastAt: isEmpty ? undefined : new Date(lastMs),
  };
}

function logFilesIn(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path, { recursive: true, encoding: "utf8" });
    return names.filter(isLogFile).map((name) => join(path, name));
  } catch (error) {
    throw new OperatorError(`cannot read ${path}: ${messageOf(error)}`);
  }
}

/** By its name: `111122223333_CloudTrail_eu-central-1_20261201T1200Z_….json.gz`. */
function isLogFile(name: string): boolean {
  return /\.json(\.gz)?$/.test(name) && !/CloudTrail-(Digest|Insight)/.test(name);
}

function readLog(file: string) {
  let octets: Buffer;
  try {
    octets = readFileSync(file);
    if (octets[0] === 0x1f && octets[1] === 0x8b) octets = gunzipSync(octets);
  } catch (error) {
    throw new OperatorError(`cannot read ${file}: ${messageOf(error)}; fetch it again`);
  }
  const log = parseSigningLog(octets.toString("utf8"));
  if (log !== undefined) return log;
  throw new OperatorError(`${file} is cut off, or is no log file of CloudTrail; fetch it again, or name other files`);
}

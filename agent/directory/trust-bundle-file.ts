import { join } from "node:path";
import { AgentError } from "../program/agent-error.ts";
import { encodeTrustBundlePem, parseTrustBundlePem, type TrustBundle } from "../certificate/trust-bundle.ts";
import { PUBLIC_MODE, readTextIfPresent, replaceFileDurably } from "./durable-file.ts";
import type { FileSystem } from "./file-system.ts";

export function trustBundlePathOf(directoryPath: string): string {
  return join(directoryPath, "trust-bundle.pem");
}

/** @returns undefined when there is none, or it is damaged: it can be fetched again */
export function readTrustBundleFile(fileSystem: FileSystem, directoryPath: string): TrustBundle | undefined {
  const text = readTextIfPresent(fileSystem, trustBundlePathOf(directoryPath));
  return text === undefined ? undefined : parseTrustBundlePem(text);
}

/**
 * Keeps the newer of the offered bundle and the one on disk: an old bundle could bring back a CA that was removed.
 *
 * @param seenSequence the highest this node has seen, which counts even when the file is gone
 * @returns the one to use
 * @throws AgentError when an older one is offered and there is no newer one on disk
 */
export function keepNewerTrustBundle(
  fileSystem: FileSystem,
  directoryPath: string,
  offered: TrustBundle,
  seenSequence: number | undefined,
): TrustBundle {
  const kept = readTrustBundleFile(fileSystem, directoryPath);
  if (kept !== undefined && kept.sequence >= offered.sequence) return kept;
  if (seenSequence !== undefined && offered.sequence < seenSequence) {
    throw new AgentError(
      `the service offers trust bundle ${offered.sequence}, this node has already seen ${seenSequence}: an old one is not ` +
        `taken; if the service was set up anew, join again in another directory`,
    );
  }
  writeTrustBundleFile(fileSystem, directoryPath, offered);
  return offered;
}

/**
 * At first contact the operator's settings authenticated the server. A bundle that shares no CA with the one on disk is
 * then another service's, and replaces it whatever its sequence.
 */
export function adoptTrustBundle(fileSystem: FileSystem, directoryPath: string, offered: TrustBundle): TrustBundle {
  const kept = readTrustBundleFile(fileSystem, directoryPath);
  const isKnown = offered.authorities.some(
    ({ raw }) => kept?.authorities.some((known) => known.raw.equals(raw)) ?? false,
  );
  if (isKnown) return keepNewerTrustBundle(fileSystem, directoryPath, offered, undefined);
  writeTrustBundleFile(fileSystem, directoryPath, offered);
  return offered;
}

export function writeTrustBundleFile(fileSystem: FileSystem, directoryPath: string, bundle: TrustBundle): void {
  replaceFileDurably(fileSystem, trustBundlePathOf(directoryPath), encodeTrustBundlePem(bundle), PUBLIC_MODE);
}

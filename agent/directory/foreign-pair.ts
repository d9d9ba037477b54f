import { join } from "node:path";
import type { AgentState } from "./agent-state.ts";
import { readTextIfPresent } from "./durable-file.ts";
import {
  currentFileName,
  readCurrentPair,
  switchCurrentPair,
  type CertificateDirectory,
  type CurrentPair,
} from "./certificate-directory.ts";
import { describeSubject, type CertificatePair } from "./certificate-pair.ts";

/**
 * The current pair, if it is this agent's. A kubelet with `rotateCertificates: true` in the same directory puts its own in
 * its place, from whatever CA its API server has: that one is neither renewed nor shown as if it were ours.
 */
export function readOwnPair(directory: CertificateDirectory, state: AgentState): CurrentPair {
  const current = readCurrentPair(directory);
  if (current.state !== "usable" || !isForeign(directory, state, current.pair)) return current;
  const issuer = describeSubject(current.pair.leaf.x509.issuer);
  return {
    state: "broken",
    why: `another program has put its own certificate there (of ${issuer}), perhaps a kubelet: set rotateCertificates: false in its configuration, then run nodeseal-agent join again, which puts the own one back`,
  };
}

/** Puts the agent's own last pair back, if another program's is there and the own one still is. Under the lock. */
export function restoreOwnPair(directory: CertificateDirectory, state: AgentState): void {
  const current = readCurrentPair(directory);
  if (current.state !== "usable" || !isForeign(directory, state, current.pair)) return;
  const own = state.pairFiles.findLast((name) => readTextIfPresent(directory.fileSystem, join(directory.path, name)));
  if (own !== undefined) switchCurrentPair(directory, own);
}

/** Neither the file nor the certificate is one that the agent noted before it put it there. */
function isForeign(directory: CertificateDirectory, state: AgentState, { leaf }: CertificatePair): boolean {
  if (state.certificate === undefined || state.certificate.serialNumber === leaf.serialNumber) return false;
  const name = currentFileName(directory);
  return name !== undefined && !state.pairFiles.includes(name);
}

import { AgentError } from "../program/agent-error.ts";
import { commonNameOf } from "../certificate/certificate-request.ts";
import { readAgentState, type AgentState } from "../directory/agent-state.ts";
import { currentPathOf, readCurrentPair, type CertificateDirectory } from "../directory/certificate-directory.ts";
import { describeSubject, type CertificatePair } from "../directory/certificate-pair.ts";

/**
 * What an earlier `join` left in the directory, if it still serves.
 *
 * @returns undefined when there is none, or it has expired: a new one may take its place
 * @throws AgentError when the directory belongs to another node, or another program
 */
export function existingCertificate(
  directory: CertificateDirectory,
  nodeName: string,
  now: Date,
): { pair: CertificatePair; state: AgentState } | undefined {
  const current = readCurrentPair(directory);
  const state = readAgentState(directory.fileSystem, directory.path);
  if (state !== undefined && state.prefix !== directory.prefix) {
    throw new AgentError(
      `${directory.path} is already in use for ${state.prefix}-current.pem; give each certificate a directory of its own (--dir)`,
    );
  }
  if (current.state === "missing") return undefined;
  // Also when it is broken: whoever wrote it may want to look at it first.
  if (state === undefined) throw foreign(directory, current.state === "usable" ? current.pair : undefined);
  if (current.state === "broken") return undefined;
  const { leaf } = current.pair;
  if (leaf.commonName !== commonNameOf(nodeName)) {
    throw new AgentError(
      `${currentPathOf(directory)} is for ${leaf.commonName}, not ${commonNameOf(nodeName)}; choose another --dir`,
    );
  }
  return leaf.notAfter > now ? { pair: current.pair, state } : undefined;
}

function foreign(directory: CertificateDirectory, pair: CertificatePair | undefined): AgentError {
  const about = pair === undefined ? "" : ` (${describeSubject(pair.leaf.x509.subject)})`;
  return new AgentError(
    `${currentPathOf(directory)}${about} was not made by this agent, perhaps by a kubelet; ` +
      `choose another --dir or --name, or move it away`,
  );
}

import { AgentError } from "../program/agent-error.ts";
import { commonNameOf } from "../certificate/certificate-request.ts";
import { readAgentState, type AgentState } from "../directory/agent-state.ts";
import { currentPathOf, readCurrentPair, type CertificateDirectory } from "../directory/certificate-directory.ts";
import { describeSubject, type CertificatePair } from "../directory/certificate-pair.ts";

/**
 * The certificate of an earlier `join` in this directory, if it is still usable.
 *
 * @returns undefined when there is none, or it has expired: a new one may replace it
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
  // Also when it is broken: its owner may want to inspect it first.
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

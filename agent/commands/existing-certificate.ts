import { AgentError, UsageError } from "../program/agent-error.ts";
import { areSameNames, describeNames, namesIn, type CertificateNames } from "../certificate/certificate-names.ts";
import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import { readAgentState, type AgentState } from "../directory/agent-state.ts";
import { currentPathOf, readCurrentPair, type CertificateDirectory } from "../directory/certificate-directory.ts";
import { readOwnPair, restoreOwnPair } from "../directory/foreign-pair.ts";
import { describeSubject, type CertificatePair, type NodeCertificate } from "../directory/certificate-pair.ts";

/** What `join` was asked for. */
export interface WantedCertificate {
  readonly names: CertificateNames;
  readonly signerName: string | undefined;
}

/**
 * The certificate of an earlier `join` in this directory, if it is still usable.
 *
 * @returns undefined when there is none, or it has expired: a new one may replace it
 * @throws UsageError when the directory keeps another certificate, AgentError when it is another program's
 */
export function existingCertificate(
  directory: CertificateDirectory,
  wanted: WantedCertificate,
  now: Date,
): { pair: CertificatePair; state: AgentState } | undefined {
  const state = readAgentState(directory.fileSystem, directory.path);
  if (state?.prefix === directory.prefix) restoreOwnPair(directory, state);
  const current = readCurrentPair(directory);
  if (state !== undefined && state.prefix !== directory.prefix) {
    throw new UsageError(
      `${directory.path} is already in use for ${state.prefix}-current.pem; give each certificate a directory of its own (--dir)`,
    );
  }
  if (current.state === "missing") return undefined;
  // Also when it is broken: its owner may want to inspect it first.
  if (state === undefined) throw foreign(directory, current.state === "usable" ? current.pair : undefined);
  if (current.state === "broken") return undefined;
  const own = readOwnPair(directory, state);
  if (own.state === "broken") throw new AgentError(`${currentPathOf(directory)}: ${own.why}`);
  const { leaf } = current.pair;
  assertSame(currentPathOf(directory), leaf, state, wanted);
  return leaf.notAfter > now ? { pair: current.pair, state } : undefined;
}

/** A directory keeps one certificate: another one would take its place in the files that its programs read. */
function assertSame(
  path: string,
  leaf: NodeCertificate,
  state: AgentState,
  { names, signerName = KUBELET_CLIENT_SIGNER }: WantedCertificate,
): void {
  if (leaf.commonName !== names.commonName) {
    throw new UsageError(`${path} is for ${leaf.commonName}, not ${names.commonName}; choose another --dir`);
  }
  const ownSigner = state.signerName ?? KUBELET_CLIENT_SIGNER;
  if (ownSigner !== signerName) {
    throw new UsageError(`${path} is of ${ownSigner}, not of ${signerName}; choose another --dir`);
  }
  const given = namesIn(leaf.x509);
  if (areSameNames(given, names)) return;
  throw new UsageError(
    `${path} is for ${describeNames(given)}, not for ${describeNames(names)}; choose another --dir, or move it away`,
  );
}

function foreign(directory: CertificateDirectory, pair: CertificatePair | undefined): AgentError {
  const about = pair === undefined ? "" : ` (${describeSubject(pair.leaf.x509.subject)})`;
  return new AgentError(
    `${currentPathOf(directory)}${about} was not made by this agent, perhaps by a kubelet; ` +
      `choose another --dir or --name, or move it away`,
  );
}

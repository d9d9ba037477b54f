import { readAgentState, writeAgentState, type AgentState } from "../directory/agent-state.ts";
import type { CertificateDirectory } from "../directory/certificate-directory.ts";
import type { CertificatePair } from "../directory/certificate-pair.ts";
import { isRefusal, refusalCodeOf } from "../service/service-error.ts";
import { messageOf } from "../program/agent-error.ts";

/**
 * What the service says of a certificate, not of one request with it: until somebody acts, every request with it is refused.
 * `invalid_proof` is among them: its CA is retired, or the service has another CA.
 */
const CODES: readonly (string | undefined)[] = [
  "certificate_revoked",
  "certificate_superseded",
  "certificate_unknown",
  "certificate_expired",
  "invalid_proof",
];

/** Whether the service has refused the certificate itself. */
export function isCertificateRefusal(error: unknown): boolean {
  return isRefusal(error) && CODES.includes(refusalCodeOf(error));
}

/**
 * Keeps on disk that the service has refused this certificate, for `status`, and for `join`: a certificate that looks valid
 * is no reason to stay without another one.
 *
 * @returns the state that is now on disk
 */
export function withRefusal(
  directory: CertificateDirectory,
  state: AgentState,
  { leaf }: CertificatePair,
  error: unknown,
  at: Date,
): AgentState {
  const code = refusalCodeOf(error);
  if (code === undefined || !isCertificateRefusal(error)) return state;
  const refusal = { serialNumber: leaf.serialNumber, code, message: messageOf(error), at };
  // What was learned on the way is on disk already.
  const refused = { ...(readAgentState(directory.fileSystem, directory.path) ?? state), refusal };
  writeAgentState(directory.fileSystem, directory.path, refused);
  return refused;
}

/** Takes it back when the service accepts the certificate again, as after an operator's act. */
export function withoutRefusal(directory: CertificateDirectory, state: AgentState): AgentState {
  if (state.refusal === undefined) return state;
  const accepted = { ...state, refusal: undefined };
  writeAgentState(directory.fileSystem, directory.path, accepted);
  return accepted;
}

import { writeAgentState, type AgentState } from "../directory/agent-state.ts";
import type { CertificateDirectory } from "../directory/certificate-directory.ts";
import type { CertificatePair } from "../directory/certificate-pair.ts";
import type { ServiceClient } from "../service/service-client.ts";

/**
 * Whether the service does not know yet that this certificate is safely on disk, or which trust bundle lies beside it: a CA
 * under a new root waits until every node has said that it has it.
 */
export function needsConfirmation(
  { certificate, trustBundleSequence }: AgentState,
  { leaf }: CertificatePair,
): boolean {
  if (certificate?.serialNumber !== leaf.serialNumber) return false;
  return !certificate.isConfirmed || certificate.reportedTrustBundle !== trustBundleSequence;
}

/**
 * Confirms to the service that the certificate has arrived, so that its predecessor is no longer valid for renewal.
 * Until then the service still allows for a lost answer. A failure costs only time.
 *
 * @returns the state that is now on disk
 * @throws ConnectionError, ServiceError
 */
export async function confirmCertificate(
  client: ServiceClient,
  directory: CertificateDirectory,
  state: AgentState,
  pair: CertificatePair,
): Promise<AgentState> {
  const { certificate, trustBundleSequence } = state;
  if (certificate === undefined || !needsConfirmation(state, pair)) return state;
  await client.confirm(pair, certificate.requestName, trustBundleSequence);
  const confirmed = {
    ...state,
    certificate: { ...certificate, isConfirmed: true, reportedTrustBundle: trustBundleSequence },
  };
  writeAgentState(directory.fileSystem, directory.path, confirmed);
  return confirmed;
}

import { writeAgentState, type AgentState } from "../directory/agent-state.ts";
import type { CertificateDirectory } from "../directory/certificate-directory.ts";
import type { CertificatePair } from "../directory/certificate-pair.ts";
import type { ServiceClient } from "../service/service-client.ts";

/** Whether the service does not know yet that this certificate is safely on disk. */
export function needsConfirmation({ certificate }: AgentState, { leaf }: CertificatePair): boolean {
  return certificate?.serialNumber === leaf.serialNumber && !certificate.isConfirmed;
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
  const { certificate } = state;
  if (certificate === undefined || !needsConfirmation(state, pair)) return state;
  await client.confirm(pair, certificate.requestName);
  const confirmed = { ...state, certificate: { ...certificate, isConfirmed: true } };
  writeAgentState(directory.fileSystem, directory.path, confirmed);
  return confirmed;
}

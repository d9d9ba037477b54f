import { writeAgentState, type AgentState } from "../directory/agent-state.ts";
import type { CertificateDirectory } from "../directory/certificate-directory.ts";
import type { CertificatePair } from "../directory/certificate-pair.ts";
import type { ServiceClient } from "../service/service-client.ts";

/** Whether the service still has to hear that this certificate is safely on disk. */
export function needsConfirmation({ certificate }: AgentState, { leaf }: CertificatePair): boolean {
  return certificate?.serialNumber === leaf.serialNumber && !certificate.isConfirmed;
}

/**
 * Tells the service that the certificate has arrived, so that its predecessor is out for good. Until then the service
 * still grants the mercies of a lost answer; not hearing of it costs nothing but time, so failure is no catastrophe.
 *
 * @returns the state, as it is on disk now
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

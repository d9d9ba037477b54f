import { AgentError } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import { readAgentState, type AgentState } from "../directory/agent-state.ts";
import { certificateDirectory, currentPathOf, type CertificateDirectory } from "../directory/certificate-directory.ts";
import type { CertificatePair } from "../directory/certificate-pair.ts";
import { readOwnPair } from "../directory/foreign-pair.ts";
import type { FileSystem } from "../directory/file-system.ts";
import { readPendingKey } from "../directory/pending-key.ts";
import { renewalDueAt } from "./renewal-schedule.ts";
import { parseServiceUrl, serviceClient, type ServiceClient } from "../service/service-client.ts";
import type { ServiceClock } from "../service/service-clock.ts";
import { ConnectionError } from "../service/service-error.ts";

/** A machine that has joined: its certificate pair and its state. */
export interface EnrolledNode {
  readonly directory: CertificateDirectory;
  readonly pair: CertificatePair;
  readonly state: AgentState;
}

/** @throws AgentError when there is no certificate to renew */
export function readEnrolledNode(fileSystem: FileSystem, directoryPath: string): EnrolledNode {
  const state = readAgentState(fileSystem, directoryPath);
  if (state === undefined)
    throw new AgentError(`no node has joined in ${directoryPath}; run nodeseal-agent join first`);
  const directory = certificateDirectory(fileSystem, directoryPath, state.prefix);
  const current = readOwnPair(directory, state);
  if (current.state === "usable") return { directory, state, pair: current.pair };
  const why = current.state === "broken" ? current.why : "it is not there";
  throw new AgentError(
    `${currentPathOf(directory)} cannot be used: ${why}; run nodeseal-agent join again, with a new token`,
  );
}

/** Also when a key is pending: a renewal has begun, and its answer may be waiting. */
export function isRenewalDue({ directory, pair, state }: EnrolledNode, now: Date): boolean {
  return renewalDueAt(pair.leaf, state) <= now || readPendingKey(directory) !== undefined;
}

/**
 * Connects to the service this node joined, and trusts it by the same CAs as at that time.
 *
 * @throws ConnectionError
 */
export async function connectToService(
  { service }: AgentState,
  { trustServer, environment }: AgentServices,
  serviceClock: ServiceClock,
): Promise<ServiceClient> {
  const url = parseServiceUrl(service.url);
  const { caFile, caCertHashes } = service;
  const { transport, mustHavePinnedBundle } = await trustServer({ url, caFile, caCertHashes, environment });
  if (mustHavePinnedBundle && service.pinnedBy === "server chain") {
    throw new ConnectionError(
      `${url.host} is not trusted: it no longer shows the CA that was pinned (${caCertHashes.join(" or ")}); ` +
        `if its CA was changed, join again with the new pin`,
      { isRetryable: false },
    );
  }
  return serviceClient(url, transport, serviceClock);
}

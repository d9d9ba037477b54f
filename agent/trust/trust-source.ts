import type { X509Certificate } from "node:crypto";
import { caCertHashOf } from "../certificate/trust-bundle.ts";
import type { AgentServices } from "../program/agent-services.ts";
import { AgentError } from "../program/agent-error.ts";
import { readAgentState } from "../directory/agent-state.ts";
import { readTrustBundleFile } from "../directory/trust-bundle-file.ts";
import { parseServiceUrl, serviceClient, type ServiceClient } from "../service/service-client.ts";
import type { ServiceClock } from "../service/service-clock.ts";
import { includes } from "./verified-authorities.ts";

/** Where trust comes from, and by what the service is known. */
export interface TrustSource {
  /** Undefined: the service that this machine has joined. */
  readonly url: string | undefined;
  readonly caFile: string | undefined;
  readonly caCertHashes: readonly string[];
  /** Where it has joined. */
  readonly joinedPath: string;
}

export interface TrustConnection {
  readonly client: ServiceClient;
  /** Which CAs are believed by themselves. Undefined: those of a server that TLS has authenticated. */
  readonly isAnchor: ((authority: X509Certificate) => boolean) | undefined;
}

/**
 * Connects, and authenticates the server as all other commands do. Where its own chain shows no pinned CA, the pins are of
 * CAs of the trust bundle: then they say whom to believe, whatever the server answers.
 *
 * @throws AgentError, ConnectionError
 */
export async function connectToSource(
  source: TrustSource,
  { fileSystem, trustServer, environment }: AgentServices,
  serviceClock: ServiceClock,
): Promise<TrustConnection> {
  const joined = source.url === undefined ? readAgentState(fileSystem, source.joinedPath) : undefined;
  if (source.url === undefined && joined === undefined)
    throw new AgentError(
      `give the service's address with --url, or in NODESEAL_URL: this machine has not joined in ${source.joinedPath}`,
    );
  const url = parseServiceUrl(source.url ?? joined?.service.url ?? "");
  const { caFile, caCertHashes } = joined?.service ?? source;
  const { transport, mustHavePinnedBundle } = await trustServer({ url, caFile, caCertHashes, environment });
  const client = serviceClient(url, transport, serviceClock);
  if (!mustHavePinnedBundle) return { client, isAnchor: undefined };
  // A machine that has joined follows a change of the root by itself, with the bundle of its own certificate.
  const known = joined && readTrustBundleFile(fileSystem, source.joinedPath);
  return {
    client,
    isAnchor: (authority) =>
      caCertHashes.includes(caCertHashOf(authority)) || (known !== undefined && includes(known.authorities, authority)),
  };
}

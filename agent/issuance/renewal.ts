import { AgentError } from "../program/agent-error.ts";
import { namesIn } from "../certificate/certificate-names.ts";
import type { Clock } from "../program/clock.ts";
import { writeAgentState } from "../directory/agent-state.ts";
import type { CertificateDirectory } from "../directory/certificate-directory.ts";
import { dropPendingKey } from "../directory/pending-key.ts";
import { keepNewerTrustBundle, readTrustBundleFile } from "../directory/trust-bundle-file.ts";
import type { EnrolledNode } from "./enrolled-node.ts";
import { obtainCertificate, type Issuance } from "./issuance.ts";
import type { IssuanceAnswer, IssuedAnswer } from "../service/service-answer.ts";
import type { ServiceClient } from "../service/service-client.ts";
import type { ServiceClock } from "../service/service-clock.ts";
import { refusalCodeOf } from "../service/service-error.ts";
import type { TrustBundle } from "../certificate/trust-bundle.ts";

/** An administrator has to approve. Asking again with the same key finds the same request. */
export class PendingRenewalError extends AgentError {
  override readonly name = "PendingRenewalError";
  readonly retryAfterSeconds: number | undefined;

  constructor(requestName: string, retryAfterSeconds: number | undefined, what = "renewal") {
    super(`the ${what} waits for an administrator: nodeseal csr approve ${requestName}`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface RenewalServices {
  readonly client: ServiceClient;
  readonly clock: Clock;
  readonly serviceClock: ServiceClock;
}

/**
 * Gets the next certificate, with a new key, by proof of possession of the current one. One attempt.
 *
 * @throws AgentError; the current pair stays
 */
export async function renewCertificate(node: EnrolledNode, services: RenewalServices): Promise<Issuance> {
  const { directory, pair, state } = node;
  const { client, clock, serviceClock } = services;
  const { signerName, expirationSeconds, trustBundleSequence } = state;
  return await obtainCertificate({
    directory,
    state,
    // A renewal is of the same holder. The certificate says who that is, whatever was once asked for.
    names: namesIn(pair.leaf.x509),
    clock,
    serviceClock,
    ask: async (csrDer): Promise<IssuedAnswer> => {
      const request = { csrDer, signerName, expirationSeconds };
      const answer = await droppingDenied(directory, client.renew(pair, request, trustBundleSequence));
      if (answer.state === "Pending") throw new PendingRenewalError(answer.requestName, answer.retryAfterSeconds);
      return answer;
    },
    trustBundle: async (sequence) => await currentTrustBundle(node, client, sequence),
  });
}

/** A denial concerns this request only: the next attempt makes a new request, with a new key. */
export async function droppingDenied(
  directory: CertificateDirectory,
  answer: Promise<IssuanceAnswer>,
): Promise<IssuanceAnswer> {
  try {
    return await answer;
  } catch (error) {
    if (refusalCodeOf(error) === "request_denied") dropPendingKey(directory);
    throw error;
  }
}

/** The bundle on disk, unless the service has a newer one. */
export async function currentTrustBundle(
  node: EnrolledNode,
  client: ServiceClient,
  sequence: number | undefined,
): Promise<TrustBundle> {
  const { fileSystem, path } = node.directory;
  const kept = readTrustBundleFile(fileSystem, path);
  if (kept !== undefined && sequence !== undefined && kept.sequence >= sequence) return kept;
  return await newerTrustBundle(node, client);
}

/** @throws AgentError when an older one is offered and none is on disk */
async function newerTrustBundle({ directory, state }: EnrolledNode, client: ServiceClient): Promise<TrustBundle> {
  const { fileSystem, path } = directory;
  return keepNewerTrustBundle(fileSystem, path, await client.trustBundle(), state.trustBundleSequence);
}

/** Fetches the bundle, keeps the newer one, and records its sequence. */
export async function refreshTrustBundle(node: EnrolledNode, client: ServiceClient): Promise<EnrolledNode> {
  const { sequence } = await newerTrustBundle(node, client);
  if (sequence === node.state.trustBundleSequence) return node;
  const state = { ...node.state, trustBundleSequence: sequence };
  writeAgentState(node.directory.fileSystem, node.directory.path, state);
  return { ...node, state };
}

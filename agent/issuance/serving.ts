import { KUBELET_SERVING_SIGNER } from "../../core/certificate/profile.ts";
import { areSameNames, namesIn, SERVING_PREFIX, type CertificateNames } from "../certificate/certificate-names.ts";
import { machineNames, type MachineFacts } from "../certificate/machine-names.ts";
import { readAgentState, type AgentState, type ServingWish } from "../directory/agent-state.ts";
import {
  certificateDirectory,
  currentPathOf,
  readCurrentPair,
  type CertificateDirectory,
} from "../directory/certificate-directory.ts";
import { dropPendingKey } from "../directory/pending-key.ts";
import { AgentError } from "../program/agent-error.ts";
import { refusalCodeOf } from "../service/service-error.ts";
import { isRenewalDue, type EnrolledNode } from "./enrolled-node.ts";
import { obtainCertificate, type Issuance } from "./issuance.ts";
import { currentTrustBundle, droppingDenied, PendingRenewalError, type RenewalServices } from "./renewal.ts";

/*
 * The serving certificate of a node, beside its client certificate in one directory (`join --with-serving`). It is asked
 * for with the client certificate every time, as kubelets do (K8.3): so its names may change with the machine's addresses.
 */

export function servingDirectory({ fileSystem, path }: CertificateDirectory): CertificateDirectory {
  return certificateDirectory(fileSystem, path, SERVING_PREFIX);
}

/** @returns undefined when there is none yet, or it cannot be used */
export function readServingNode(main: EnrolledNode): EnrolledNode | undefined {
  const directory = servingDirectory(main.directory);
  const state = readAgentState(directory.fileSystem, directory.path, "serving");
  const current = readCurrentPair(directory);
  return state === undefined || current.state !== "usable" ? undefined : { directory, state, pair: current.pair };
}

/** @throws AgentError when the file names are in use by another program */
export function assertNoForeignServing({ fileSystem, path }: CertificateDirectory): void {
  const directory = certificateDirectory(fileSystem, path, SERVING_PREFIX);
  if (readAgentState(fileSystem, path, "serving") !== undefined || readCurrentPair(directory).state === "missing")
    return;
  throw new AgentError(
    `${currentPathOf(directory)} was not made by this agent, perhaps by a kubelet; move it away, or leave out --with-serving`,
  );
}

/** What the certificate is to say now. */
export function wantedServing(
  { pair }: EnrolledNode,
  wish: ServingWish,
  machine: () => MachineFacts,
): CertificateNames {
  const { dnsNames, ipAddresses } = wish.isFromMachine ? machineNames(machine()) : wish;
  if (dnsNames.length + ipAddresses.length === 0) {
    throw new AgentError("this machine has no name or address for a serving certificate; give --dns or --ip to join");
  }
  return { ...namesIn(pair.leaf.x509), dnsNames, ipAddresses };
}

/**
 * Also when the names have changed. Of the machine's own, one that the certificate lacks is a reason, as for a kubelet; one
 * that has gone is left out at the next renewal.
 */
export function isServingDue(
  serving: EnrolledNode | undefined,
  wanted: CertificateNames,
  { isFromMachine }: ServingWish,
  now: Date,
): boolean {
  if (serving === undefined || isRenewalDue(serving, now)) return true;
  const has = namesIn(serving.pair.leaf.x509);
  if (!isFromMachine) return !areSameNames(has, wanted);
  return (
    wanted.dnsNames.some((name) => !has.dnsNames.includes(name)) ||
    wanted.ipAddresses.some((address) => !has.ipAddresses.includes(address))
  );
}

/**
 * One attempt at the first or the next serving certificate.
 *
 * @throws AgentError; the client certificate, and the serving certificate of before, stay
 */
export async function obtainServing(
  main: EnrolledNode,
  names: CertificateNames,
  { client, clock, serviceClock }: RenewalServices,
): Promise<Issuance> {
  const directory = servingDirectory(main.directory);
  const { expirationSeconds } = main.state;
  const request = { signerName: KUBELET_SERVING_SIGNER, expirationSeconds };
  return await obtainCertificate({
    directory,
    state: servingState(main),
    names,
    clock,
    serviceClock,
    ask: async (csrDer) => {
      const answer = await droppingDenied(directory, client.requestServing(main.pair, { ...request, csrDer }));
      if (answer.state === "Pending")
        throw new PendingRenewalError(answer.requestName, answer.retryAfterSeconds, "serving certificate");
      return answer;
    },
    trustBundle: async (sequence) => await currentTrustBundle(main, client, sequence),
  });
}

function servingState({ state: main, directory }: EnrolledNode): AgentState {
  const { service, nodeName, keyType, expirationSeconds, trustBundleSequence } = main;
  const before = readAgentState(directory.fileSystem, directory.path, "serving");
  return {
    pairFiles: [],
    ...before,
    companion: "serving",
    service,
    nodeName,
    keyType,
    expirationSeconds,
    trustBundleSequence,
    prefix: SERVING_PREFIX,
    signerName: KUBELET_SERVING_SIGNER,
  };
}

/** A refused request leaves no key behind: the next attempt is a new one. */
export function dropRefusedServing({ directory }: EnrolledNode, error: unknown): void {
  if (refusalCodeOf(error) !== undefined) dropPendingKey(servingDirectory(directory));
}

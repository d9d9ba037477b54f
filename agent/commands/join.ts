import { resolve } from "node:path";
import type { KeyType } from "../../core/keys/key-type.ts";
import type { CertificateNames } from "../certificate/certificate-names.ts";
import { AgentError, messageOf } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import { confirmCertificate } from "../issuance/confirmation.ts";
import { readAgentState, type AgentState, type ServingWish } from "../directory/agent-state.ts";
import {
  certificateDirectory,
  currentPathOf,
  makeDirectory,
  type CertificateDirectory,
} from "../directory/certificate-directory.ts";
import type { CertificatePair } from "../directory/certificate-pair.ts";
import { withDirectoryLock } from "../directory/directory-lock.ts";
import { writeKubeconfig } from "../directory/kubeconfig.ts";
import { dropPendingKey } from "../directory/pending-key.ts";
import { adoptTrustBundle } from "../directory/trust-bundle-file.ts";
import { assertNoForeignServing } from "../issuance/serving.ts";
import { obtainCertificate, recoverDirectory } from "../issuance/issuance.ts";
import { assertPinnedBundle } from "../service/server-trust.ts";
import { Retries } from "../service/retries.ts";
import type { IssuedAnswer } from "../service/service-answer.ts";
import { parseServiceUrl, serviceClient, type ServiceClient } from "../service/service-client.ts";
import { clockWarning, ServiceClock } from "../service/service-clock.ts";
import { refusalCodeOf } from "../service/service-error.ts";
import type { TrustBundle } from "../certificate/trust-bundle.ts";
import { askWhetherAccepted } from "../issuance/acceptance-check.ts";
import type { EnrolledNode } from "../issuance/enrolled-node.ts";
import { existingCertificate } from "./existing-certificate.ts";
import { reportCertificate } from "./certificate-report.ts";

export interface JoinOptions {
  readonly url: string;
  readonly token: string;
  /** As operators call it: the common name without the profile's prefix. */
  readonly nodeName: string;
  readonly names: CertificateNames;
  readonly directoryPath: string;
  readonly prefix: string;
  readonly keyType: KeyType;
  readonly signerName: string | undefined;
  readonly expirationSeconds: number | undefined;
  readonly caFile: string | undefined;
  readonly caCertHashes: readonly string[];
  readonly waitSeconds: number;
  readonly kubeconfig: KubeconfigRequest | undefined;
  /** Also where the certificate of an earlier `join` is still good. */
  readonly isForced: boolean;
  /** The serving certificate that is to be had besides. */
  readonly serving: ServingWish | undefined;
}

export interface KubeconfigRequest {
  readonly path: string;
  readonly serverUrl: string;
  readonly serverCaFile: string | undefined;
}

/**
 * Trades a bootstrap token for this node's first certificate. Safe to repeat after any failure.
 *
 * @throws AgentError
 */
export async function join(options: JoinOptions, services: AgentServices): Promise<void> {
  const directory = certificateDirectory(services.fileSystem, options.directoryPath, options.prefix);
  makeDirectory(directory);
  await withDirectoryLock(services.fileSystem, directory.path, services.clock, async () => {
    recoverDirectory(directory);
    const found = existingCertificate(directory, options, services.clock.now());
    const existing = found && (await stillGood({ directory, ...found }, options, services));
    if (options.serving !== undefined) assertNoForeignServing(directory);
    const { pair, state } = existing ?? (await enrol(options, services, directory));
    if (options.kubeconfig !== undefined) {
      const { path, serverUrl, serverCaFile } = options.kubeconfig;
      writeKubeconfig(services.fileSystem, path, { serverUrl, serverCaFile, currentPath: currentPathOf(directory) });
    }
    if (
      existing !== undefined &&
      parseServiceUrl(existing.state.service.url).href !== parseServiceUrl(options.url).href
    ) {
      services.note(`it joined ${existing.state.service.url}; to join another service, choose another --dir`);
    }
    const said = existing === undefined ? "joined as" : "nothing to do, this machine already is";
    reportCertificate(`${said} ${pair.leaf.commonName}`, { directory, pair, state }, services);
    if (options.kubeconfig !== undefined) {
      services.print(`  kubeconfig     ${resolve(options.kubeconfig.path)}`);
      services.note("this agent renews: the kubelet's configuration must say rotateCertificates: false");
    }
    if (options.serving !== undefined) {
      const { joinServing } = await import("./join-serving.ts");
      await joinServing({ directory, pair, state }, options.serving, options.waitSeconds, services);
    }
    services.print(`next: nodeseal-agent run --dir ${directory.path}`);
  });
}

/** The certificate of an earlier `join`, unless another one is wanted: then its files stay until the new one is there. */
async function stillGood(
  node: EnrolledNode,
  { isForced }: JoinOptions,
  services: AgentServices,
): Promise<EnrolledNode | undefined> {
  if (isForced) return undefined;
  const { isAccepted, reason, state } = await askWhetherAccepted(node, services);
  if (isAccepted) {
    if (reason !== undefined) services.note(reason);
    return { ...node, state };
  }
  services.note(`joining again, since the service refuses the certificate here: ${reason ?? "it said so before"}`);
  // The key of a renewal that was refused would get that refusal again.
  dropPendingKey(node.directory);
  return undefined;
}

async function enrol(
  options: JoinOptions,
  services: AgentServices,
  directory: CertificateDirectory,
): Promise<{ pair: CertificatePair; state: AgentState }> {
  const { clock, note } = services;
  const state = initialState(options, directory);
  const url = parseServiceUrl(options.url);
  const retries = new Retries({ clock, note, waitSeconds: options.waitSeconds });
  const { caFile, caCertHashes } = options;
  const server = await retries.run(
    async () => await services.trustServer({ url, caFile, caCertHashes, environment: services.environment }),
  );
  const serviceClock = new ServiceClock(clock);
  const client = serviceClient(url, server.transport, serviceClock);
  const fetchBundle = async (): Promise<TrustBundle> => await retries.run(async () => await client.trustBundle());
  // Before the token leaves this machine.
  if (server.mustHavePinnedBundle)
    assertPinnedBundle(await retries.run(async () => await client.discover(options.token)), caCertHashes);

  const pinnedBy = server.mustHavePinnedBundle ? "trust bundle" : "server chain";
  const issuance = await obtainCertificate({
    directory,
    state: caCertHashes.length === 0 ? state : { ...state, service: { ...state.service, pinnedBy } },
    names: options.names,
    clock,
    serviceClock,
    ask: async (csrDer) => await askForFirst(csrDer, { options, directory, client, retries, note }),
    trustBundle: async () => adoptTrustBundle(services.fileSystem, directory.path, await fetchBundle()),
  });
  const warning = clockWarning(serviceClock.offset);
  if (warning !== undefined) note(warning);
  try {
    const confirm = confirmCertificate(client, directory, issuance.state, issuance.pair);
    return { pair: issuance.pair, state: await confirm };
  } catch (error) {
    note(`the certificate could not be confirmed to the service; "run" and "renew" do it later: ${messageOf(error)}`);
    return issuance;
  }
}

/** Not written yet: a failed attempt leaves only the key. */
function initialState(options: JoinOptions, { fileSystem, path }: CertificateDirectory): AgentState {
  const { url, nodeName, prefix, keyType, signerName, expirationSeconds, caFile, caCertHashes } = options;
  const before = readAgentState(fileSystem, path);
  return {
    // In its one spelling, and without a slash at the end: the shell agent puts paths behind it.
    service: {
      url: parseServiceUrl(url).href.replace(/\/$/, ""),
      caFile: caFile === undefined ? undefined : resolve(caFile),
      caCertHashes,
    },
    nodeName,
    prefix,
    keyType,
    signerName,
    expirationSeconds,
    pairFiles: before?.pairFiles ?? [],
    // Who joins again after its certificate expired still wants what it wanted before.
    serving: before?.serving,
  };
}

interface FirstRequest {
  readonly options: JoinOptions;
  readonly directory: CertificateDirectory;
  readonly client: ServiceClient;
  readonly retries: Retries;
  readonly note: (line: string) => void;
}

/** How often to poll for the approval, unless the service says otherwise. */
const POLL_SECONDS = 5;
const LONGEST_POLL_SECONDS = 60;

async function askForFirst(csrDer: Uint8Array, context: FirstRequest): Promise<IssuedAnswer> {
  const { options, directory, client, retries, note } = context;
  const { token, signerName, expirationSeconds } = options;
  try {
    let answer = await retries.run(async () => await client.enrol(token, { csrDer, signerName, expirationSeconds }));
    if (answer.state === "Pending") note(`waiting for an administrator: nodeseal csr approve ${answer.requestName}`);
    while (answer.state === "Pending") {
      const { requestName, retryAfterSeconds = POLL_SECONDS } = answer;
      if (!(await retries.wait(Math.min(LONGEST_POLL_SECONDS, Math.max(1, retryAfterSeconds))))) {
        throw new AgentError(
          `request ${requestName} still waits for approval; once an administrator has run ` +
            `"nodeseal csr approve ${requestName}", run this again: it goes on with the same request`,
        );
      }
      answer = await retries.run(async () => await client.requestState(token, requestName));
    }
    return answer;
  } catch (error) {
    // A denial is about this request: the next attempt is a new one, with a new key.
    if (refusalCodeOf(error) === "request_denied") dropPendingKey(directory);
    throw error;
  }
}

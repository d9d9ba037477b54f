import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import { altNamesIn, SERVING_PREFIX } from "../certificate/certificate-names.ts";
import { EXIT_STATUS } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import { readAgentState, standingRefusal, type AgentState, type ClockOffset } from "../directory/agent-state.ts";
import {
  certificateDirectory,
  currentPathOf,
  readCurrentPair,
  type CertificateDirectory,
  type CurrentPair,
} from "../directory/certificate-directory.ts";
import { DEFAULT_PREFIX } from "./defaults.ts";
import { readOwnPair } from "../directory/foreign-pair.ts";
import { describeSubject, type NodeCertificate } from "../directory/certificate-pair.ts";
import { readTrustBundleFile, trustBundlePathOf } from "../directory/trust-bundle-file.ts";
import { describeSeconds } from "../output/duration.ts";
import { waysBack } from "../issuance/expired-certificate.ts";
import { renewalDueAt } from "../issuance/renewal-schedule.ts";
import { isWorrying } from "../service/service-clock.ts";
import { describeMoment, reportCertificate } from "./certificate-report.ts";

export interface StatusOptions {
  readonly directoryPath: string;
  readonly prefix: string | undefined;
  readonly output: "text" | "json";
}

/**
 * Shows what is on this machine. The service is not contacted, and nothing is changed.
 *
 * @returns the exit status: 3 when there is no usable certificate, 4 when the service has refused the one there is
 * @throws AgentError when the directory is not readable
 */
export function status({ directoryPath, prefix, output }: StatusOptions, services: AgentServices): number {
  const { fileSystem, clock, print, note } = services;
  const state = readAgentState(fileSystem, directoryPath);
  const directory = certificateDirectory(fileSystem, directoryPath, prefix ?? state?.prefix ?? DEFAULT_PREFIX);
  const current = state?.prefix === directory.prefix ? readOwnPair(directory, state) : readCurrentPair(directory);
  const now = clock.now();
  const condition = conditionOf(current, now);
  const refusal = current.state === "usable" ? standingRefusal(state ?? {}, current.pair.leaf) : undefined;
  const doubt = clockDoubt(current, state?.clockOffset, now);
  const serving = state?.serving === undefined ? undefined : servingStatus(directory, now);
  if (output === "json") {
    const described = describeJson(directory, current, state);
    const shown = { state: condition, refusal: refusal ?? null, clock: { doubt }, serving: serving?.described };
    print(JSON.stringify({ ...described, ...shown }, null, 2));
  } else if (current.state === "usable") {
    const standing = refusal === undefined ? condition : `${condition}, refused by the service`;
    const headline = `${current.pair.leaf.commonName}: ${standing}`;
    reportCertificate(headline, { directory, pair: current.pair, state: state ?? NO_STATE }, services);
    if (state?.certificate?.isConfirmed === false) print("  confirmation   outstanding: not yet sent to the service");
  } else {
    const why = current.state === "broken" ? current.why : "there is none; run nodeseal-agent join";
    print(`${currentPathOf(directory)}: ${why}`);
  }
  if (output === "text" && serving !== undefined) printServing(serving, services);
  if (output === "text" && condition === "expired" && current.state === "usable") {
    const nodeName = state?.nodeName ?? "NAME";
    note(
      `expired ${describeMoment(current.pair.leaf.notAfter, now)}; nodeseal-agent renew (or run) asks the service to let it recover; if it does not, ${waysBack(nodeName)}`,
    );
  }
  if (output === "text" && refusal !== undefined)
    note(`${describeMoment(refusal.at, now)} the service said: ${refusal.message}`);
  if (output === "text" && doubt !== null) note(`the clock looks wrong: ${doubt}`);
  const isUsable = [condition, serving?.condition ?? condition].every((one) => USABLE.includes(one));
  if (!isUsable) return EXIT_STATUS.noCertificate;
  return refusal === undefined ? EXIT_STATUS.done : EXIT_STATUS.refused;
}

const USABLE: readonly Condition[] = ["valid", "not yet valid"];

interface ServingStatus {
  readonly directory: CertificateDirectory;
  readonly current: CurrentPair;
  readonly state: AgentState | undefined;
  readonly condition: Condition;
  readonly described: Record<string, unknown>;
}

/** Of the certificate beside it, which `join --with-serving` wanted. */
function servingStatus({ fileSystem, path }: CertificateDirectory, now: Date): ServingStatus {
  const directory = certificateDirectory(fileSystem, path, SERVING_PREFIX);
  const state = readAgentState(fileSystem, path, "serving");
  const current = readCurrentPair(directory);
  const condition = conditionOf(current, now);
  const described = {
    certificateFile: currentPathOf(directory),
    state: condition,
    ...(current.state === "usable" ? describeLeaf(current.pair.leaf, state) : {}),
  };
  return { directory, current, state, condition, described };
}

function printServing({ directory, current, state, condition }: ServingStatus, services: AgentServices): void {
  if (current.state === "usable") {
    reportCertificate(
      `its serving certificate: ${condition}`,
      { directory, pair: current.pair, state: state ?? NO_STATE },
      services,
    );
    return;
  }
  const why = current.state === "broken" ? current.why : "there is none yet; nodeseal-agent run (or renew) asks for it";
  services.print(`${currentPathOf(directory)}: ${why}`);
}

const NO_STATE: Pick<AgentState, "certificate" | "trustBundleSequence" | "signerName"> = {};

type Condition = "missing" | "broken" | "expired" | "not yet valid" | "valid";

function conditionOf(current: CurrentPair, now: Date): Condition {
  if (current.state !== "usable") return current.state;
  const { notBefore, notAfter } = current.pair.leaf;
  if (notAfter < now) return "expired";
  return notBefore > now ? "not yet valid" : "valid";
}

/**
 * Why the clock may be wrong: a certificate from the future, or the dates of the service's answers. Null when it seems
 * right.
 */
function clockDoubt(current: CurrentPair, offset: ClockOffset | undefined, now: Date): string | null {
  if (isWorrying(offset)) {
    const direction = offset.seconds > 0 ? "behind" : "ahead of";
    const distance = describeSeconds(Math.abs(offset.seconds));
    return `at ${offset.seenAt.toISOString()} it was ${distance} ${direction} the service's`;
  }
  if (current.state === "usable" && current.pair.leaf.notBefore > now) {
    return `the certificate is valid only from ${current.pair.leaf.notBefore.toISOString()}, here it is ${now.toISOString()}`;
  }
  return null;
}

function describeJson(
  directory: CertificateDirectory,
  current: CurrentPair,
  state: AgentState | undefined,
): Record<string, unknown> {
  const bundle = readTrustBundleFile(directory.fileSystem, directory.path);
  return {
    url: state?.service.url ?? null,
    nodeName: state?.nodeName ?? null,
    certificateFile: currentPathOf(directory),
    ...(current.state === "usable" ? describeLeaf(current.pair.leaf, state) : {}),
    ...(current.state === "broken" ? { why: current.why } : {}),
    trustBundle: {
      file: trustBundlePathOf(directory.path),
      sequence: bundle?.sequence ?? null,
      authorities: bundle?.authorities.length ?? 0,
    },
    clockOffset: state?.clockOffset ?? null,
  };
}

function describeLeaf(leaf: NodeCertificate, state: AgentState | undefined): Record<string, unknown> {
  const { dnsNames, ipAddresses } = altNamesIn(leaf.x509);
  return {
    subject: describeSubject(leaf.x509.subject),
    signerName: state?.signerName ?? KUBELET_CLIENT_SIGNER,
    dnsNames,
    ipAddresses,
    issuer: describeSubject(leaf.x509.issuer),
    serialNumber: leaf.serialNumber,
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    nextRenewal: renewalDueAt(leaf, state ?? {}),
    isConfirmed: state?.certificate?.serialNumber === leaf.serialNumber ? state.certificate.isConfirmed : null,
  };
}

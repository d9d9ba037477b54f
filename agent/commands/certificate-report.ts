import { styleText } from "node:util";
import type { AgentServices } from "../program/agent-services.ts";
import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import { altNamesIn, describeAltNames } from "../certificate/certificate-names.ts";
import type { AgentState } from "../directory/agent-state.ts";
import { currentPathOf, type CertificateDirectory } from "../directory/certificate-directory.ts";
import type { CertificatePair } from "../directory/certificate-pair.ts";
import { trustBundlePathOf } from "../directory/trust-bundle-file.ts";
import { describeSeconds } from "../output/duration.ts";
import { renewalDueAt } from "../issuance/renewal-schedule.ts";

export interface Enrolled {
  readonly directory: CertificateDirectory;
  readonly pair: CertificatePair;
  readonly state: Pick<AgentState, "certificate" | "trustBundleSequence" | "signerName">;
}

/** A few lines for people: which certificate, where it is, and how long it is valid. */
export function reportCertificate(
  headline: string,
  { directory, pair, state }: Enrolled,
  services: AgentServices,
): void {
  const { clock, print, isTerminal } = services;
  const now = clock.now();
  const { leaf } = pair;
  const sequence = state.trustBundleSequence;
  print(isTerminal ? styleText("bold", headline, { validateStream: false }) : headline);
  print(`  certificate    ${currentPathOf(directory)} (key and chain in one file)`);
  const { signerName = KUBELET_CLIENT_SIGNER } = state;
  if (signerName !== KUBELET_CLIENT_SIGNER) print(`  signer         ${signerName}`);
  const altNames = describeAltNames(altNamesIn(leaf.x509));
  if (altNames.length > 0) print(`  names          ${altNames.join(", ")}`);
  print(`  serial number  ${leaf.serialNumber}`);
  print(`  valid until    ${describeMoment(leaf.notAfter, now)}`);
  print(`  renewal        ${describeMoment(renewalDueAt(leaf, state), now)}`);
  print(
    `  trust bundle   ${trustBundlePathOf(directory.path)}${sequence === undefined ? "" : ` (sequence ${sequence})`}`,
  );
}

/** `2026-11-24T08:00:00Z (in 11h 40m)`. */
export function describeMoment(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const distance = seconds >= 0 ? `in ${describeSeconds(seconds)}` : `${describeSeconds(-seconds)} ago`;
  return `${at.toISOString().replace(/\.\d+Z$/, "Z")} (${distance})`;
}

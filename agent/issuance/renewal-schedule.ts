import { createHash } from "node:crypto";
import { renewalWindow } from "../../core/certificate/validity.ts";
import type { AgentState } from "../directory/agent-state.ts";
import type { NodeCertificate } from "../directory/certificate-pair.ts";

/** Which certificate it is, and how long it lasts. */
export type Lifetime = Pick<NodeCertificate, "serialNumber" | "notBefore" | "notAfter">;

/**
 * When to renew: when the service said, or else at a place of 70 to 90 percent of the lifetime (K8.1) that the serial
 * number decides, so that a fleet is spread and a restart changes nothing.
 */
export function renewalDueAt(leaf: Lifetime, { certificate }: Pick<AgentState, "certificate">): Date {
  const renewAfter = certificate?.serialNumber === leaf.serialNumber ? certificate.renewAfter : undefined;
  // Later than the certificate itself is no time to renew, whoever says so.
  if (renewAfter !== undefined && renewAfter < leaf.notAfter) return renewAfter;
  return renewalWindow(leaf, shareOf(leaf.serialNumber)).renewAfter;
}

/** Uniform in [0, 1), the same for the same text. */
function shareOf(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32;
}

import { createHash } from "node:crypto";
import { renewalWindow } from "../../core/certificate/validity.ts";
import type { AgentState } from "../directory/agent-state.ts";
import type { NodeCertificate } from "../directory/certificate-pair.ts";

/** The serial number of a certificate and how long it lasts. */
export type Lifetime = Pick<NodeCertificate, "serialNumber" | "notBefore" | "notAfter">;

/**
 * When to renew: when the service said, or else between 70 and 90 percent of the lifetime (K8.1). The serial number
 * decides the place, so that a fleet is spread and a restart changes nothing.
 */
export function renewalDueAt(leaf: Lifetime, { certificate }: Pick<AgentState, "certificate">): Date {
  const renewAfter = certificate?.serialNumber === leaf.serialNumber ? certificate.renewAfter : undefined;
  // A time after the certificate's end is ignored, even from the service.
  if (renewAfter !== undefined && renewAfter < leaf.notAfter) return renewAfter;
  return renewalWindow(leaf, shareOf(leaf.serialNumber)).renewAfter;
}

/** Uniform in [0, 1). The same text gives the same number. */
function shareOf(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32;
}

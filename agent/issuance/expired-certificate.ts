import type { EventFields } from "../output/event-log.ts";
import { AgentError } from "../program/agent-error.ts";
import type { EnrolledNode } from "./enrolled-node.ts";

/** The node has no usable certificate, and the attempt brought none. */
export class ExpiredCertificateError extends AgentError {
  override readonly name = "ExpiredCertificateError";
}

export function hasExpired({ pair }: Pick<EnrolledNode, "pair">, now: Date): boolean {
  return pair.leaf.notAfter < now;
}

/** What an operator can do when the service does not let the node recover. */
export function waysBack(nodeName: string): string {
  return `an operator can run "nodeseal node allow-recovery ${nodeName}", or join again with a new token`;
}

/** The fields of the log line. */
export function expiryFields({ pair: { leaf }, state: { nodeName } }: EnrolledNode): EventFields {
  const next = `asking the service to let it recover; if it does not, ${waysBack(nodeName)}`;
  return { serialNumber: leaf.serialNumber, notAfter: leaf.notAfter, next };
}

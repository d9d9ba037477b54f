import { stateOf, type IssuanceRecord } from "../ledger/issuance-record.ts";
import { settle, settleExpired, type AgentReport, type NodeRecord, type NodeSlot } from "../ledger/node-record.ts";
import { renewalSpan, type IssuedValidity } from "./window.ts";

/** A certificate that its holder should have replaced by now. */
export interface OverdueRenewal {
  readonly node: NodeRecord;
  readonly slot: NodeSlot;
  readonly since: Date;
}

/** Clients that follow no window of ours renew before this share of the lifetime, as the kubelet does (K8.1). */
const LATEST_SHARE_WITHOUT_WINDOW = 0.9;
/** A timer fires once an hour, a kubelet waits a quarter of an hour for its certificate, and a service may be busy. */
const MOST_PATIENCE_SECONDS = 2 * 3600;
/** As a share of the remaining lifetime: whoever gets the report must still have time to act. */
const PATIENCE_SHARE = 0.25;

/**
 * From when on a certificate without a successor is overdue. @param agent undefined also when nothing is known of it
 */
export function overdueSince(validity: IssuedValidity, agent: AgentReport | undefined): Date {
  const windowEnd = renewalSpan(validity, false).until.getTime();
  const [start, end] = [validity.notBefore.getTime(), validity.notAfter.getTime()];
  const latest =
    agent?.version === undefined ? Math.max(windowEnd, start + (end - start) * LATEST_SHARE_WITHOUT_WINDOW) : windowEnd;
  const patienceMs = Math.min(MOST_PATIENCE_SECONDS * 1000, (end - latest) * PATIENCE_SHARE);
  return new Date(Math.floor((latest + patienceMs) / 1000) * 1000);
}

/** The earliest and the latest time it can become overdue, whatever the agent. */
export function overdueBounds(validity: IssuedValidity): { readonly earliest: Date; readonly latest: Date } {
  const byWindow = overdueSince(validity, { version: "any", trustBundleSequence: undefined });
  return { earliest: byWindow, latest: overdueSince(validity, undefined) };
}

/**
 * The overdue certificate of a node. None if the node is revoked or released, or has a later certificate. A request
 * under way is not a certificate yet. An expired certificate stays overdue as long as its record exists.
 *
 * @param records of both slots, by name
 */
export function overdueRenewal(
  node: NodeRecord,
  records: ReadonlyMap<string, IssuanceRecord>,
  now: Date,
): OverdueRenewal | undefined {
  if (node.revocation !== undefined) return undefined;
  const slot = latestCertificate(node, node.candidate && records.get(node.candidate.intentName), now);
  const record = slot && records.get(slot.intentName);
  if (slot === undefined || record?.reservation === undefined || stateOf(record) !== "Issued") return undefined;
  const since = overdueSince(record.reservation, node.agent);
  return since <= now ? { node, slot, since } : undefined;
}

/** The certificate in use. If there is none, the expired one that may recover. @param record the candidate's */
export function latestCertificate(
  node: NodeRecord,
  record: IssuanceRecord | undefined,
  now: Date,
): NodeSlot | undefined {
  const { anchor, candidate } = settle(node, record, now);
  if (candidate !== undefined && record?.completion !== undefined) return candidate;
  return anchor ?? settleExpired(node, record, now).anchor;
}

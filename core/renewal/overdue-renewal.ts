import { stateOf, type IssuanceRecord } from "../ledger/issuance-record.ts";
import { settle, settleExpired, type AgentReport, type NodeRecord, type NodeSlot } from "../ledger/node-record.ts";
import { renewalSpan } from "./window.ts";
import type { Validity } from "../certificate/validity.ts";

/** A certificate that its holder should have replaced by now. */
export interface OverdueRenewal {
  readonly node: NodeRecord;
  readonly slot: NodeSlot;
  readonly since: Date;
}

/** Who follows no window of ours renews before this share of a life, as the kubelet does (K8.1). */
const LATEST_SHARE_WITHOUT_WINDOW = 0.9;
/** A timer looks once an hour, a kubelet waits a quarter of an hour for its certificate, and a service may be busy. */
const MOST_PATIENCE_SECONDS = 2 * 3600;
/** Of what is left of the life: whoever is told must still be in time. */
const PATIENCE_SHARE = 0.25;

/** From when on a certificate that has no successor is overdue. @param agent undefined also where nothing is known of it */
export function overdueSince(validity: Validity, agent: AgentReport | undefined): Date {
  const windowEnd = renewalSpan(validity, false).until.getTime();
  const [start, end] = [validity.notBefore.getTime(), validity.notAfter.getTime()];
  const latest =
    agent?.version === undefined ? Math.max(windowEnd, start + (end - start) * LATEST_SHARE_WITHOUT_WINDOW) : windowEnd;
  const patienceMs = Math.min(MOST_PATIENCE_SECONDS * 1000, (end - latest) * PATIENCE_SHARE);
  return new Date(Math.floor((latest + patienceMs) / 1000) * 1000);
}

/** The earliest and the latest that it can be, whatever is known of the agent. */
export function overdueBounds(validity: Validity): { readonly earliest: Date; readonly latest: Date } {
  const byWindow = overdueSince(validity, { version: "any", trustBundleSequence: undefined });
  return { earliest: byWindow, latest: overdueSince(validity, undefined) };
}

/**
 * What is overdue of a node: a revoked or released one, or one that has a later certificate, is not. A request under way is
 * not a certificate yet. One that has expired is overdue still, as long as its record is there.
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

/** The certificate in use; when there is none, the one that has expired and may recover. @param record the candidate's */
export function latestCertificate(
  node: NodeRecord,
  record: IssuanceRecord | undefined,
  now: Date,
): NodeSlot | undefined {
  const { anchor, candidate } = settle(node, record, now);
  if (candidate !== undefined && record?.completion !== undefined) return candidate;
  return anchor ?? settleExpired(node, record, now).anchor;
}

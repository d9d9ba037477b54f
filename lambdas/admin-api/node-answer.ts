import type { IssuanceRecord } from "../../core/issuance-record.ts";
import { openRequest, settle, settleExpired, type NodeRecord, type NodeSlot } from "../../core/node-record.ts";
import { nodeStateOf } from "../../core/revoke.ts";
import { rfc3339 } from "../http/rfc3339.ts";

/** A node as administrators see it. @param record the candidate's */
export function nodeAnswer(node: NodeRecord, record: IssuanceRecord | undefined, now: Date): unknown {
  const { lastRecovery, recoveryAllowance: allowance, supersededUse } = node;
  const latest = latestOf(node, record, now);
  const isAllowed = allowance !== undefined && now.getTime() <= allowance.until.getTime();
  const request = latest && openRequest(node, latest.at);
  return {
    nodeName: node.nodeName,
    state: nodeStateOf(node, record, now),
    serialNumber: latest?.serialNumber ?? null,
    notAfter: timeOrNull(latest?.notAfter),
    generation: node.generation,
    lastSeenAt: timeOrNull(node.lastSeenAt),
    releasedAt: timeOrNull(node.releasedAt),
    revokedAt: timeOrNull(node.revocation?.at),
    agentVersion: node.agent?.version ?? null,
    trustBundleSequence: node.agent?.trustBundleSequence ?? null,
    recoveredAt: timeOrNull(lastRecovery?.at),
    /** In a row. */
    recoveries: lastRecovery?.count ?? 0,
    recoveryAllowance: isAllowed
      ? { until: rfc3339(allowance.until), recoveries: allowance.recoveries, by: allowance.by }
      : null,
    /** Null again with the certificate that answers it. */
    renewalRequest:
      request === undefined ? null : { at: rfc3339(request.at), until: rfc3339(request.until), by: request.by },
    supersededUse:
      supersededUse === undefined
        ? null
        : { serialNumber: supersededUse.serialNumber, at: rfc3339(supersededUse.at), count: supersededUse.count },
  };
}

/** The certificate in use; when there is none, the one that has expired and may recover. */
function latestOf(node: NodeRecord, record: IssuanceRecord | undefined, now: Date): NodeSlot | undefined {
  const { anchor, candidate } = settle(node, record, now);
  if (candidate !== undefined && record?.completion !== undefined) return candidate;
  return anchor ?? settleExpired(node, record, now).anchor;
}

function timeOrNull(at: Date | undefined): string | null {
  return at === undefined ? null : rfc3339(at);
}

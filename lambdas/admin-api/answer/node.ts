import type { IssuanceRecord } from "../../../core/ledger/issuance-record.ts";
import { openRequest, openUnknownUse, type NodeRecord } from "../../../core/ledger/node-record.ts";
import { latestCertificate, overdueRenewal } from "../../../core/renewal/overdue-renewal.ts";
import { nodeStateOf } from "../../../core/revocation/revoke.ts";
import { isStranded } from "../../../core/revocation/stranded.ts";
import { rfc3339 } from "../../http/rfc3339.ts";

export type NodeAnswer = Readonly<Record<string, unknown>>;

/** All of a name: what the first of its records says, as it was when there was one, and below it each by itself. */
export function nameAnswer(nodes: readonly NodeAnswer[]): NodeAnswer {
  return { ...nodes[0], signers: nodes };
}

/** What a name holds of one signer, as administrators see it. @param records of both its slots, by name */
export function nodeAnswer(
  node: NodeRecord,
  records: ReadonlyMap<string, IssuanceRecord>,
  retired: ReadonlySet<string>,
  now: Date,
): NodeAnswer {
  const { lastRecovery, recoveryAllowance: allowance, supersededUse, admission } = node;
  const unknownUse = openUnknownUse(node);
  const record = node.candidate && records.get(node.candidate.intentName);
  const latest = latestCertificate(node, record, now);
  const latestRecord = latest && records.get(latest.intentName);
  const state = nodeStateOf(node, record, now);
  const isAllowed = allowance !== undefined && now.getTime() <= allowance.until.getTime();
  const request = latest && openRequest(node, latest.at);
  return {
    nodeName: node.nodeName,
    signerName: node.signerName,
    /** An active one of a CA that was retired is worth nothing. */
    state: state === "Active" && isStranded(latestRecord, retired) ? "Stranded" : state,
    issuer: latestRecord?.reservation?.issuerId ?? null,
    serialNumber: latest?.serialNumber ?? null,
    notAfter: timeOrNull(latest?.notAfter),
    /** Since when that certificate should have been replaced. */
    overdueSince: timeOrNull(overdueRenewal(node, records, now)?.since),
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
    /** Null again with the next certificate. */
    unknownUse: unknownUse === undefined ? null : { serialNumber: unknownUse.serialNumber, at: rfc3339(unknownUse.at) },
    admission:
      admission === undefined
        ? null
        : { serialNumber: admission.serialNumber, at: rfc3339(admission.at), by: admission.by },
  };
}

function timeOrNull(at: Date | undefined): string | null {
  return at === undefined ? null : rfc3339(at);
}

import type { AuditEvent } from "../audit/audit-event.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import { secondsSince, type NodeRecord } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";

/** Noted and reported no more often than this for one node. */
const NOTED_EVERY_SECONDS = 60;

/** Who used a certificate that is not on record, and why it was not admitted. */
export interface UnknownUseReport extends Pick<AuditEvent, "username" | "signerName"> {
  readonly serialNumber: SerialNumber;
  readonly reason: string;
}

/**
 * Notes the use on the node, for `nodeseal node list --unknown`, and reports it: once a minute, by one conditional write
 * that is not repeated when it loses. A node that is not on record either is begun, or nobody could see who is affected:
 * there are no more of them than a CA of ours has signed names for.
 *
 * @param node as it was read to refuse the request; of version 0 when there is none
 */
export async function reportUnknownUse(
  { nodes, audit, clock }: Pick<IssuanceServices, "nodes" | "audit" | "clock">,
  node: NodeRecord,
  use: UnknownUseReport,
): Promise<void> {
  const now = clock();
  if (node.unknownUse !== undefined && secondsSince(node.unknownUse.at, now) < NOTED_EVERY_SECONDS) return;
  const { serialNumber } = use;
  if (!(await nodes.write({ ...node, unknownUse: { serialNumber, at: now } }))) return;
  audit({ event: "certificate_unknown_used", nodeName: node.nodeName, ...use });
}

export function certificateUnknown(why: string): RefusalError {
  return new RefusalError(
    "certificate_unknown",
    `this service signed the certificate, and does not have it on record: its tables were probably restored from a backup; ${why}`,
  );
}

import type { AuditEvent } from "../audit/audit-event.ts";
import type { IssuanceServices } from "./issuance-services.ts";
import { secondsSince, type NodeRecord } from "../ledger/node-record.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";

/** Noted no more often than this for one node. */
const NOTED_EVERY_SECONDS = 60;

/** Who used a certificate that had been replaced, and for what. */
export interface SupersededCertificate extends Pick<AuditEvent, "name" | "nodeName" | "username"> {
  readonly serialNumber: SerialNumber;
}

/**
 * Somebody may have a copy of a key: raised as an event each time, and noted on the node for `nodeseal node show`. The
 * note is one conditional write a minute that is not repeated when it loses: whoever holds an old certificate can get in
 * the way of the node's own claims once a minute and no more, and a claim that lost a race is decided anew six times.
 *
 * @param node as it was read to refuse the request; one that was never written is not begun for this
 */
export async function reportSupersededUse(
  { nodes, audit, clock }: Pick<IssuanceServices, "nodes" | "audit" | "clock">,
  node: NodeRecord | undefined,
  use: SupersededCertificate,
): Promise<void> {
  audit({ event: "certificate_superseded_used", ...use });
  if (node === undefined || node.version === 0) return;
  const now = clock();
  const { supersededUse: last } = node;
  if (last !== undefined && secondsSince(last.at, now) < NOTED_EVERY_SECONDS) return;
  const { serialNumber } = use;
  await nodes.write({ ...node, supersededUse: { serialNumber, at: now, count: (last?.count ?? 0) + 1 } });
}

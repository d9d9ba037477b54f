import type { AuditEvent } from "../audit/audit-event.ts";
import type { NodeRecord } from "../ledger/node-record.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";
import type { IssuanceServices } from "./issuance-services.ts";
import { noteUse } from "./note-use.ts";

/** Who used a certificate that had been replaced, and for what. */
export interface SupersededCertificate extends Pick<AuditEvent, "name" | "nodeName" | "username"> {
  readonly serialNumber: SerialNumber;
}

/**
 * Somebody may have a copy of a key: noted on the node for `nodeseal node show`, and raised as an event. Both once a minute
 * for one node: whoever holds an old certificate must not drown what is told of others.
 *
 * @param node as it was read to refuse the request
 */
export async function reportSupersededUse(
  { nodes, audit, clock }: Pick<IssuanceServices, "nodes" | "audit" | "clock">,
  node: NodeRecord | undefined,
  use: SupersededCertificate,
): Promise<void> {
  const { serialNumber } = use;
  const at = clock();
  const isFirst = await noteUse(
    nodes,
    node,
    ({ supersededUse }) => supersededUse,
    (current, count) => ({ ...current, supersededUse: { serialNumber, at, count } }),
    at,
  );
  if (isFirst) audit({ event: "certificate_superseded_used", ...use });
}

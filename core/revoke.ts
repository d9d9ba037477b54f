import type { Audit } from "./audit-event.ts";
import { isComplete, type IssuanceRecord, type Revocation, type RevocationReason } from "./issuance-record.ts";
import { nodeKey, settle, type NodeRecord, type NodeSlot } from "./node-record.ts";
import type { CertificateFilter, IssuanceLedger, NodeStore } from "./ports.ts";
import { RefusalError } from "./refusal.ts";
import type { SerialNumber } from "./serial-number.ts";

export interface RevocationServices {
  readonly ledger: IssuanceLedger;
  readonly nodes: NodeStore;
  readonly clock: () => Date;
  readonly audit: Audit;
}

/** How often a write that lost against the node itself is made again. */
const ROUNDS = 10;

/**
 * Revokes one certificate, from the next request on. The node's slot first: that is what renewal asks; the record after
 * it. A crash in between is finished by saying it again.
 *
 * @throws RefusalError `not_found`
 */
export async function revokeCertificate(
  services: RevocationServices,
  serialNumber: SerialNumber,
  filter: CertificateFilter,
  reason: RevocationReason,
  by: string,
): Promise<IssuanceRecord> {
  const record = await services.ledger.findBySerialNumber(serialNumber, filter);
  if (record === undefined)
    throw new RefusalError("not_found", `there is no certificate with the serial number ${serialNumber}`, {
      field: "serialNumber",
    });
  await changeNode(services, nodeKey(record.nodeName, record.signerName), (node) => {
    const revoked = (slot: NodeSlot | undefined): NodeSlot | undefined =>
      slot?.serialNumber === serialNumber ? { ...slot, isRevoked: true } : slot;
    return { ...node, anchor: revoked(node.anchor), candidate: revoked(node.candidate) };
  });
  const stored = await services.ledger.revoke(record.name, { reason, by, at: services.clock() });
  services.audit({
    event: "certificate_revoked",
    serialNumber,
    name: record.name,
    nodeName: record.nodeName,
    username: by,
    reason,
  });
  return stored ?? record;
}

/**
 * Revokes an identity: no renewal and no new certificate for the name until it is released.
 *
 * @throws RefusalError `not_found`
 */
export async function revokeNode(
  services: RevocationServices,
  nodeName: string,
  reason: RevocationReason,
  by: string,
): Promise<NodeRecord> {
  const revocation: Revocation = { reason, by, at: services.clock() };
  const node = await changeNode(services, nodeName, (current) => ({
    ...current,
    revocation: current.revocation ?? revocation,
  }));
  if (node === undefined) throw unknownNode(nodeName);
  for (const slot of [node.anchor, node.candidate]) {
    if (slot !== undefined) await services.ledger.revoke(slot.intentName, revocation);
  }
  services.audit({ event: "node_revoked", nodeName, username: by, reason });
  return node;
}

/**
 * Gives a name free: the next bootstrap token may claim it with another key, and its present certificate can no longer be
 * renewed. It stays valid until it expires, unless it is revoked besides.
 *
 * @throws RefusalError `not_found`
 */
export async function releaseNode(services: RevocationServices, nodeName: string, by: string): Promise<NodeRecord> {
  const now = services.clock();
  const node = await changeNode(services, nodeName, (current) => ({
    ...current,
    anchor: undefined,
    candidate: undefined,
    // What is in flight or not yet final must not come alive behind the operator's back: it is void from the next claim on.
    toVoid: current.candidate === undefined ? current.toVoid : [...current.toVoid, current.candidate.intentName],
    revocation: undefined,
    releasedAt: now,
    recoveryAllowance: undefined,
  }));
  if (node === undefined) throw unknownNode(nodeName);
  services.audit({ event: "node_released", nodeName, username: by });
  return node;
}

/** Reads, changes, writes, and again when somebody else wrote first. Undefined when there is no such node. */
export async function changeNode(
  { nodes }: Pick<RevocationServices, "nodes">,
  key: string,
  change: (node: NodeRecord) => NodeRecord,
): Promise<NodeRecord | undefined> {
  for (let round = 0; round < ROUNDS; round++) {
    const node = await nodes.read(key);
    if (node === undefined) return undefined;
    const changed = change(node);
    if (await nodes.write(changed)) return { ...changed, version: changed.version + 1 };
  }
  throw new RefusalError("request_in_progress", `the node ${key} is being written by others`, { retryAfterSeconds: 1 });
}

export function unknownNode(nodeName: string): RefusalError {
  return new RefusalError("not_found", `there is no node named ${JSON.stringify(nodeName)}`, { field: "name" });
}

export type NodeState = "Active" | "Joining" | "Expired" | "Released" | "Revoked";

/** What an operator sees. @param record the candidate's */
export function nodeStateOf(node: NodeRecord, record: IssuanceRecord | undefined, now: Date): NodeState {
  if (node.revocation !== undefined) return "Revoked";
  const { anchor, candidate } = settle(node, record, now);
  if (anchor !== undefined || (candidate !== undefined && isComplete(record))) return "Active";
  if (candidate !== undefined) return "Joining";
  if (node.releasedAt !== undefined) return "Released";
  return [node.anchor, node.candidate].some((slot) => slot?.isRevoked) ? "Revoked" : "Expired";
}

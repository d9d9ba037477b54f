import type { Audit } from "../audit/audit-event.ts";
import { isComplete, type IssuanceRecord, type Revocation, type RevocationReason } from "../ledger/issuance-record.ts";
import { nodeKey, settle, type NodeRecord, type NodeSlot } from "../ledger/node-record.ts";
import type { CertificateFilter, IssuanceLedger } from "../ledger/issuance-ledger.ts";
import type { NodeStore } from "../ledger/node-store.ts";
import { RefusalError } from "../refusal.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";
import { voidIntent } from "../ledger/void-intent.ts";

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
 * Revokes an identity: no renewal and no new certificate for the name until it is released, and every certificate of it
 * that has not expired is revoked, those it has replaced too: a copied disk may hold any of them. The node first, so that
 * nothing new begins; what is under way has its name in a slot. A crash in between is finished by saying it again.
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
  // The slots by name: lists lag, and of an attempt that is under way the record may not be written yet.
  const inSlots = [node.anchor, node.candidate].flatMap((slot) => slot?.intentName ?? []);
  for (const name of [...inSlots, ...node.toVoid]) await revokeIntent(services, name, node, revocation);
  await revokeReplaced(services, node, revocation);
  services.audit({ event: "node_revoked", nodeName, username: by, reason });
  return node;
}

/** Revokes an intent's record; one that is not written yet never will be, so that its certificate is never made. */
async function revokeIntent(
  { ledger }: RevocationServices,
  name: string,
  node: NodeRecord,
  revocation: Revocation,
): Promise<void> {
  if ((await ledger.revoke(name, revocation)) !== undefined) return;
  await voidIntent(ledger, name, node, revocation.at);
  await ledger.revoke(name, revocation);
}

const PAGE = 100;
/** The last day there is: what is wanted is all that has not expired. */
const END_OF_DAYS = new Date("9999-12-31T23:59:59Z");

async function revokeReplaced(
  { ledger, clock }: RevocationServices,
  { nodeName, signerName }: NodeRecord,
  revocation: Revocation,
): Promise<void> {
  const filter = { nodeName, expiresFrom: clock(), expiresUntil: END_OF_DAYS };
  let cursor: string | undefined;
  do {
    const page = await ledger.listCertificates(filter, { limit: PAGE, cursor });
    for (const record of page.items) {
      const isOpen = record.signerName === signerName && isComplete(record) && record.revocation === undefined;
      if (isOpen) await ledger.revoke(record.name, revocation);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/**
 * Gives a name free: the next bootstrap token may claim it with another key, and its present certificate can no longer be
 * renewed. It stays valid until it expires, unless it is revoked besides.
 *
 * @throws RefusalError `not_found`
 */
export async function releaseNode(services: RevocationServices, nodeName: string, by: string): Promise<NodeRecord> {
  const now = services.clock();
  const node = await changeNode(services, nodeName, async (current) => ({
    ...current,
    anchor: undefined,
    candidate: undefined,
    toVoid: [...current.toVoid, ...(await notFinal(services, current))],
    revocation: undefined,
    releasedAt: now,
    recoveryAllowance: undefined,
  }));
  if (node === undefined) throw unknownNode(nodeName);
  services.audit({ event: "node_released", nodeName, username: by });
  return node;
}

/**
 * What is in flight or not yet final must not come alive behind the operator's back: it is void from the next claim on.
 * What is final is like an anchor, confirmed or not.
 */
async function notFinal({ ledger, clock }: RevocationServices, node: NodeRecord): Promise<string[]> {
  if (node.candidate === undefined) return [];
  const { intentName } = node.candidate;
  const { anchor } = settle(node, await ledger.read(intentName), clock());
  return anchor?.intentName === intentName ? [] : [intentName];
}

/** Reads, changes, writes, and again when somebody else wrote first. Undefined when there is no such node. */
export async function changeNode(
  { nodes }: Pick<RevocationServices, "nodes">,
  key: string,
  change: (node: NodeRecord) => NodeRecord | Promise<NodeRecord>,
): Promise<NodeRecord | undefined> {
  for (let round = 0; round < ROUNDS; round++) {
    const node = await nodes.read(key);
    if (node === undefined) return undefined;
    const changed = await change(node);
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

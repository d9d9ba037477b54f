import type { Audit } from "../audit/audit-event.ts";
import { isComplete, type IssuanceRecord, type Revocation, type RevocationReason } from "../ledger/issuance-record.ts";
import { changeEach, changeNode, recordsOfName, signersOfName } from "../ledger/name-records.ts";
import {
  isHeld,
  isListed,
  openUnknownUse,
  settle,
  unclaimedNode,
  type NodeRecord,
  type NodeSlot,
} from "../ledger/node-record.ts";
import type { CertificateFilter, IssuanceLedger } from "../ledger/issuance-ledger.ts";
import type { NodeStore } from "../ledger/node-store.ts";
import { RefusalError } from "../refusal.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";
import { voidIntent } from "../ledger/void-intent.ts";
import { revokeReplaced } from "./revoke-replaced.ts";

export interface RevocationServices {
  readonly ledger: IssuanceLedger;
  readonly nodes: NodeStore;
  readonly clock: () => Date;
  readonly audit: Audit;
}

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
  await changeNode(services.nodes, record, (node) => {
    const revoked = (slot: NodeSlot | undefined): NodeSlot | undefined =>
      slot?.serialNumber === serialNumber ? { ...slot, isRevoked: true } : slot;
    const [anchor, candidate] = [revoked(node.anchor), revoked(node.candidate)];
    return anchor === node.anchor && candidate === node.candidate ? undefined : { ...node, anchor, candidate };
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

/** Of what a name holds, and from where on. */
export interface RevocationScope {
  /** Of this signer only. @default - of all: the machine is revoked, not one of its keys */
  readonly signerName?: string | undefined;
  /** Where an earlier call stopped. */
  readonly cursor?: string | undefined;
}

export interface RevokedName {
  readonly nodes: readonly NodeRecord[];
  /** Where to go on: the name is revoked, and not yet all of what it had replaced. Undefined: all is done. */
  readonly cursor: string | undefined;
}

/**
 * Revokes an identity: no renewal and no new certificate for the name, of any signer, until it is released. Every
 * certificate of it that has not expired is revoked, those it has replaced too: a copied disk may hold any of them.
 *
 * The records of the name come first, so that nothing new begins; what is under way has its name in a slot. That much is
 * done and told before the ledger is looked through, for of that there may be any amount. A crash in between is finished
 * by saying it again.
 *
 * @throws RefusalError `not_found`
 */
export async function revokeNode(
  services: RevocationServices,
  nodeName: string,
  reason: RevocationReason,
  by: string,
  { signerName, cursor }: RevocationScope = {},
): Promise<RevokedName> {
  const revocation: Revocation = { reason, by, at: services.clock() };
  await recordsOfName(services.nodes, nodeName, signerName);
  // Those of signers that never certified it are marked too: it must not come back through one of them.
  const marked = await changeEach(services.nodes, recordsToMark(nodeName, signerName), (node) =>
    node.revocation === undefined ? { ...node, revocation } : undefined,
  );
  const nodes = marked.filter(isListed);
  if (cursor === undefined) {
    // The slots by name: lists lag, and of an attempt that is under way the record may not be written yet.
    for (const node of nodes) {
      const inSlots = [node.anchor, node.candidate].flatMap((slot) => slot?.intentName ?? []);
      for (const name of [...inSlots, ...node.toVoid]) await revokeIntent(services, name, node, revocation);
    }
    services.audit({ event: "node_revoked", nodeName, username: by, reason });
  }
  return { nodes, cursor: await revokeReplaced(services, { nodes, signerName, cursor, revocation }) };
}

function recordsToMark(nodeName: string, signerName: string | undefined): readonly NodeRecord[] {
  return signersOfName(nodeName, signerName).map((one) => unclaimedNode(nodeName, one));
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

/**
 * Gives a name free: the next bootstrap token may claim it with another key, and its present certificates can no longer be
 * renewed. They stay valid until they expire, unless they are revoked besides.
 *
 * @param signerName of this signer only
 * @throws RefusalError `not_found`
 */
export async function releaseNode(
  services: RevocationServices,
  nodeName: string,
  by: string,
  signerName?: string,
): Promise<readonly NodeRecord[]> {
  const now = services.clock();
  await recordsOfName(services.nodes, nodeName, signerName);
  const released = await changeEach(services.nodes, recordsToMark(nodeName, signerName), async (current) => {
    // Only marked, by a revocation.
    if (!isHeld(current)) return current.revocation === undefined ? undefined : { ...current, revocation: undefined };
    return {
      ...current,
      anchor: undefined,
      candidate: undefined,
      toVoid: [...current.toVoid, ...(await notFinal(services, current))],
      revocation: undefined,
      releasedAt: now,
      recoveryAllowance: undefined,
    };
  });
  services.audit({ event: "node_released", nodeName, username: by });
  return released.filter(isListed);
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

export const NODE_STATES = ["Active", "Joining", "Expired", "Released", "Revoked", "Stranded", "Unknown"] as const;
export type NodeState = (typeof NODE_STATES)[number];

/** What an operator sees, but for CAs that were retired (`stranded.ts`). @param record the candidate's */
export function nodeStateOf(node: NodeRecord, record: IssuanceRecord | undefined, now: Date): NodeState {
  if (node.revocation !== undefined) return "Revoked";
  const { anchor, candidate } = settle(node, record, now);
  if (anchor !== undefined || (candidate !== undefined && isComplete(record))) return "Active";
  if (candidate !== undefined) return "Joining";
  if (node.releasedAt !== undefined) return "Released";
  // Nothing is on record of it but that it uses a certificate of ours.
  if (node.anchor === undefined && node.candidate === undefined && openUnknownUse(node) !== undefined) return "Unknown";
  return [node.anchor, node.candidate].some((slot) => slot?.isRevoked) ? "Revoked" : "Expired";
}

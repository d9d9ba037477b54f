import { randomBytes, randomUUID } from "node:crypto";
import type { ApprovalDecision, Completion, IssuanceRecord, Reservation } from "../../core/ledger/issuance-record.ts";
import type { IssuanceLedger } from "../../core/ledger/issuance-ledger.ts";
import { unclaimedNode, type NodeRecord, type NodeSlot } from "../../core/ledger/node-record.ts";
import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import type { TokenRecord, WaitingUse } from "../../core/token/token-record.ts";

/** When everything in these tests happens. */
export const NOW = new Date("2026-11-23T12:00:00.123Z");

export function minutesLater(minutes: number): Date {
  return new Date(NOW.getTime() + minutes * 60_000);
}

export function daysLater(days: number): Date {
  return new Date(NOW.getTime() + days * 24 * 3600_000);
}

/** Of that many octets, in a plain array: as stores give them back. */
export function randomOctets(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(randomBytes(length));
}

export function randomIntentName(): string {
  return `csr-${randomBytes(32).toString("base64url")}`;
}

/** A token with something in every member. */
export function tokenRecord(changes: Partial<TokenRecord> = {}): TokenRecord {
  return {
    tokenId: randomBytes(3).toString("hex"),
    secretHash: randomOctets(32),
    groups: ["system:bootstrappers:kubeadm:default-node-token", "system:bootstrappers:rack-7"],
    usages: ["signing", "authentication"],
    expiration: daysLater(1),
    maxUses: 2,
    usedBy: new Set(),
    nodeNames: ["node-*", "control-1"],
    sourceCidrs: ["10.0.0.0/8", "2001:db8::/32"],
    allowReplace: true,
    description: "rack 7 – “größer” 机架 🗄️",
    createdAt: NOW,
    createdBy: "arn:aws:iam::123456789012:user/ada",
    revokedAt: undefined,
    ...changes,
  };
}

export function waitingUse(useName: string, changes: Partial<WaitingUse> = {}): WaitingUse {
  return { useName, requestName: 'größer "机架"', nodeName: "node-1", at: NOW, replaced: 0, ...changes };
}

export function nodeSlot(changes: Partial<NodeSlot> = {}): NodeSlot {
  return {
    intentName: randomIntentName(),
    serialNumber: randomSerialNumber(),
    notAfter: daysLater(7),
    at: NOW,
    kind: "enrolment",
    tokenId: "abcdef",
    isRevoked: false,
    ...changes,
  };
}

/** A plain node that was never written. */
export function nodeRecord(nodeName: string, changes: Partial<NodeRecord> = {}): NodeRecord {
  return { ...unclaimedNode(nodeName, KUBELET_CLIENT_SIGNER), generation: 1, candidate: nodeSlot(), ...changes };
}

/** A request nobody has decided on. */
export function issuanceRecord(changes: Partial<IssuanceRecord> = {}): IssuanceRecord {
  return {
    name: randomIntentName(),
    uid: randomUUID(),
    createdAt: NOW,
    username: "system:bootstrap:abcdef",
    groups: ["system:authenticated", "system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token"],
    tokenId: "abcdef",
    signerName: KUBELET_CLIENT_SIGNER,
    usages: ["digital signature", "client auth"],
    lifetimeSeconds: 3600,
    nodeName: "node-1",
    csr: randomOctets(250),
    policyVersion: "default-1",
    ...changes,
  };
}

export function reservation(changes: Partial<Reservation> = {}): Reservation {
  return {
    serialNumber: randomSerialNumber(),
    tbsCertificate: randomOctets(400),
    issuerId: "issuing-g1",
    at: NOW,
    attempts: 1,
    notBefore: minutesLater(-5),
    notAfter: daysLater(7),
    renewAfter: daysLater(5),
    ...changes,
  };
}

/** A request that policy approved at once. */
export function reservedRecord(
  changes: Partial<IssuanceRecord> = {},
  reserved: Partial<Reservation> = {},
): IssuanceRecord & { readonly reservation: Reservation } {
  return { ...issuanceRecord({ decision: decision(), ...changes }), reservation: reservation(reserved) };
}

/** The same with its signature. */
export function issuedRecord(changes: Partial<IssuanceRecord> = {}, reserved: Partial<Reservation> = {}): IssuedRecord {
  return { ...reservedRecord(changes, reserved), completion: completion() };
}

export type IssuedRecord = IssuanceRecord & { readonly reservation: Reservation; readonly completion: Completion };

/** Stores what was signed, as issuing does. */
export async function issueAll(ledger: IssuanceLedger, records: readonly IssuedRecord[]): Promise<void> {
  await Promise.all(
    records.map(async ({ completion: signed, ...reserved }) => {
      await ledger.reserve(reserved);
      await ledger.complete(reserved.name, signed);
    }),
  );
}

export function decision(changes: Partial<ApprovalDecision> = {}): ApprovalDecision {
  return { outcome: "Approved", by: "nodeclient", reason: "AutoApproved", message: "", at: NOW, ...changes };
}

export function completion(changes: Partial<Completion> = {}): Completion {
  return { signature: randomOctets(71), at: minutesLater(1), ...changes };
}

import type { IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import { unclaimedNode, type NodeRecord, type NodeSlot } from "../../core/ledger/node-record.ts";
import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import { parseSerialNumber, type SerialNumber } from "../../core/certificate/serial-number.ts";
import { NOW } from "./authorities.ts";
import { NODE_NAME } from "./certificate-requests.ts";

/** Node items and the records beside them, as short as the rules that judge them. Times are seconds before `NOW`. */

export function secondsAgo(seconds: number): Date {
  return new Date(NOW.getTime() - seconds * 1000);
}

/** The serial number of a short name: `x` → 7878…. */
export function serialOf(intent: string): SerialNumber {
  const serialNumber = parseSerialNumber(Buffer.from(intent).toString("hex").repeat(32).slice(0, 32));
  if (serialNumber === undefined) throw new Error(`${intent} gives no serial number`);
  return serialNumber;
}

/** A slot of the intent `intent`, claimed five seconds ago by the token `abcdef`. */
export function slot(intent: string, changes: Partial<NodeSlot> = {}): NodeSlot {
  return {
    intentName: intent,
    serialNumber: serialOf(intent),
    notAfter: secondsAgo(-7 * 24 * 3600),
    at: secondsAgo(5),
    kind: "enrolment",
    tokenId: "abcdef",
    isRevoked: false,
    ...changes,
  };
}

export function node(changes: Partial<NodeRecord> = {}): NodeRecord {
  return { ...unclaimedNode(NODE_NAME, KUBELET_CLIENT_SIGNER), version: 3, generation: 2, ...changes };
}

/** A reserved record of the intent `intent`. */
export function reserved(intent: string, changes: Partial<IssuanceRecord> = {}): IssuanceRecord {
  const at = secondsAgo(5);
  return {
    name: intent,
    uid: "",
    createdAt: at,
    username: "system:bootstrap:abcdef",
    groups: [],
    tokenId: "abcdef",
    signerName: KUBELET_CLIENT_SIGNER,
    usages: [],
    lifetimeSeconds: undefined,
    nodeName: NODE_NAME,
    csr: Buffer.alloc(1),
    policyVersion: "1",
    reservation: {
      serialNumber: serialOf(intent),
      notBefore: at,
      notAfter: secondsAgo(-7 * 24 * 3600),
      tbsCertificate: Buffer.alloc(1),
      issuerId: "issuing-g1",
      at,
      attempts: 1,
    },
    ...changes,
  };
}

/** The same with its signature stored. */
export function complete(intent: string, at: Date, changes: Partial<IssuanceRecord> = {}): IssuanceRecord {
  return reserved(intent, { completion: { signature: Buffer.alloc(1), at }, ...changes });
}

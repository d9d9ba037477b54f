import type { IssuanceRecord, Reservation } from "../../core/ledger/issuance-record.ts";
import { nodeKey, unclaimedNode } from "../../core/ledger/node-record.ts";
import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import type { IssuanceLedger } from "../../core/ledger/issuance-ledger.ts";
import type { NodeStore } from "../../core/ledger/node-store.ts";
import { buildCsr } from "./certificate-requests.ts";
import { completion, nodeSlot, reservedRecord } from "./stored-records.ts";

/** Lists show whose key it is for. */
const CSR = Uint8Array.from(buildCsr());

export interface Held {
  readonly at: Date;
  readonly lifeSeconds: number;
  readonly signerName?: string;
}

/** Puts a certificate on record and into its node's hands, in place of what the node had. */
export async function holdCertificate(
  { ledger, nodes }: { readonly ledger: IssuanceLedger; readonly nodes: NodeStore },
  nodeName: string,
  { at, lifeSeconds, signerName = KUBELET_CLIENT_SIGNER }: Held,
): Promise<IssuanceRecord & { readonly reservation: Reservation }> {
  const notAfter = new Date(at.getTime() + lifeSeconds * 1000);
  const record = reservedRecord({ nodeName, signerName, csr: CSR }, { at, notBefore: at, notAfter });
  await ledger.reserve(record);
  await ledger.complete(record.name, completion({ at }));
  const node = (await nodes.read(nodeKey(nodeName, signerName))) ?? unclaimedNode(nodeName, signerName);
  const { serialNumber } = record.reservation;
  const anchor = nodeSlot({ intentName: record.name, serialNumber, at, notAfter });
  await nodes.write({ ...node, anchor, candidate: undefined, lastSeenAt: at });
  return record;
}

import { stateOf, type IssuanceRecord } from "./issuance-record.ts";
import { nodeKey } from "./node-record.ts";
import type { CertificateFilter, IssuanceLedger } from "./issuance-ledger.ts";
import type { NodeStore } from "./node-store.ts";

export interface CertificateInUse {
  readonly serialNumber: string;
  readonly nodeName: string;
  readonly notAfter: Date;
}

export interface Inventory {
  readonly ledger: Pick<IssuanceLedger, "listCertificates">;
  readonly nodes: Pick<NodeStore, "read">;
}

const DAY_MS = 24 * 3600 * 1000;
const DAYS_AT_ONCE = 16;
const PAGE = 100;

/**
 * A certificate of this CA that still counts: not expired, not revoked, and not replaced by a later one of the same name.
 * Looks from the last day backwards, so that what is found is about the last to expire, and until then nobody need look
 * again.
 *
 * @param until no certificate expires later
 */
export async function certificateInUse(
  inventory: Inventory,
  issuerId: string,
  now: Date,
  until: Date,
): Promise<CertificateInUse | undefined> {
  const dayOf = (at: Date): number => Math.floor(at.getTime() / DAY_MS) * DAY_MS;
  const onDay = (only: Date) => inUseWithin(inventory, issuerId, now, { expiresFrom: only, expiresUntil: only });
  for (let last = dayOf(until); last >= dayOf(now); last -= DAYS_AT_ONCE * DAY_MS) {
    const days = Array.from({ length: DAYS_AT_ONCE }, (_, index) => last - index * DAY_MS);
    const answers = await Promise.all(days.filter((day) => day >= dayOf(now)).map((day) => onDay(new Date(day))));
    const found = answers.find((answer) => answer !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function inUseWithin(
  { ledger, nodes }: Inventory,
  issuerId: string,
  now: Date,
  filter: CertificateFilter,
): Promise<CertificateInUse | undefined> {
  let cursor: string | undefined;
  do {
    const page = await ledger.listCertificates(filter, { limit: PAGE, cursor });
    const own = page.items.filter((record) => mayBeInUse(record, issuerId, now));
    const isHeld = await Promise.all(own.map((record) => isLatestOfItsName(nodes, record)));
    const found = own.find((_, index) => isHeld[index])?.reservation;
    if (found !== undefined) {
      const nodeName = own.find(({ reservation }) => reservation === found)?.nodeName ?? "";
      return { serialNumber: found.serialNumber, nodeName, notAfter: found.notAfter };
    }
    ({ cursor } = page);
  } while (cursor !== undefined);
  return undefined;
}

/** What is reserved and not signed is nobody's certificate yet: a retired CA signs it no more. */
function mayBeInUse(record: IssuanceRecord, issuerId: string, now: Date): boolean {
  const { reservation } = record;
  return reservation?.issuerId === issuerId && stateOf(record) === "Issued" && reservation.notAfter >= now;
}

/** A name without an item is not held at all: then the certificate is on its own, and counts. */
async function isLatestOfItsName(
  nodes: Pick<NodeStore, "read">,
  { nodeName, signerName, reservation }: IssuanceRecord,
): Promise<boolean> {
  const node = await nodes.read(nodeKey(nodeName, signerName));
  if (node === undefined) return true;
  const slot = [node.anchor, node.candidate].find((one) => one?.serialNumber === reservation?.serialNumber);
  return slot !== undefined && !slot.isRevoked;
}

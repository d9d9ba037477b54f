import { stateOf, type IssuanceRecord } from "./issuance-record.ts";
import { nodeKey } from "./node-record.ts";
import type { IssuanceLedger } from "./issuance-ledger.ts";
import type { NodeStore } from "./node-store.ts";

export interface CertificateInUse {
  readonly serialNumber: string;
  readonly nodeName: string;
  readonly notAfter: Date;
}

/** Where a search stopped: later days have been looked at, and of this one what is before the cursor. */
export interface SearchPosition {
  readonly day: Date;
  readonly cursor: string | undefined;
}

/** Neither: no certificate is in use. */
export interface InventorySearch {
  readonly found?: CertificateInUse | undefined;
  readonly stoppedAt?: SearchPosition | undefined;
}

export interface SearchQuestion {
  readonly issuerId: string;
  /** No certificate expires later. */
  readonly until: Date;
  /** Where an earlier search stopped. */
  readonly from: SearchPosition | undefined;
  readonly mostSeconds: number;
}

export interface Inventory {
  readonly ledger: Pick<IssuanceLedger, "listCertificates">;
  readonly nodes: Pick<NodeStore, "read">;
  readonly clock: () => Date;
}

const DAY_MS = 24 * 3600 * 1000;
const DAYS_AT_ONCE = 16;
const PAGE = 500;

/**
 * Looks for a certificate of this CA that still counts: not expired, not revoked, and not replaced by a later one of the
 * same name. From the last day backwards, so that what is found is about the last to expire, and until then nobody need
 * look again. Stops when its time is up, for there may be any amount to read, and says where to go on: a CA that is
 * retiring signs nothing new, so that what has been looked at stays as it was.
 */
export async function certificateInUse(inventory: Inventory, question: SearchQuestion): Promise<InventorySearch> {
  const now = inventory.clock();
  const { issuerId, until, from, mostSeconds } = question;
  const deadline = now.getTime() + mostSeconds * 1000;
  const cursorOn = (day: number): string | undefined => (from?.day.getTime() === day ? from.cursor : undefined);
  const onDay = (day: number) =>
    searchDay(inventory, issuerId, now, { day: new Date(day), cursor: cursorOn(day) }, deadline);
  for (let last = dayOf(from?.day ?? until); last >= dayOf(now); last -= DAYS_AT_ONCE * DAY_MS) {
    const days = Array.from({ length: DAYS_AT_ONCE }, (_, index) => last - index * DAY_MS);
    const answers = await Promise.all(days.filter((day) => day >= dayOf(now)).map(onDay));
    const found = answers.find((answer) => answer.found !== undefined);
    const stopped = answers.find((answer) => answer.stoppedAt !== undefined);
    if (found !== undefined || stopped !== undefined) return found ?? stopped ?? {};
  }
  return {};
}

function dayOf(at: Date): number {
  return Math.floor(at.getTime() / DAY_MS) * DAY_MS;
}

/** At least one page, or a search that goes on would never end. */
async function searchDay(
  { ledger, nodes, clock }: Inventory,
  issuerId: string,
  now: Date,
  { day, cursor: from }: SearchPosition,
  deadline: number,
): Promise<InventorySearch> {
  const filter = { expiresFrom: day, expiresUntil: day };
  let cursor = from;
  do {
    const page = await ledger.listCertificates(filter, { limit: PAGE, cursor });
    const own = page.items.filter((record) => mayBeInUse(record, issuerId, now));
    const isHeld = await Promise.all(own.map((record) => isLatestOfItsName(nodes, record)));
    const found = own.find((_, index) => isHeld[index]);
    if (found?.reservation !== undefined) {
      const { serialNumber, notAfter } = found.reservation;
      return { found: { serialNumber, nodeName: found.nodeName, notAfter } };
    }
    ({ cursor } = page);
  } while (cursor !== undefined && clock().getTime() < deadline);
  return cursor === undefined ? {} : { stoppedAt: { day, cursor } };
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

import { stateOf, type IssuanceRecord, type Reservation } from "./issuance-record.ts";
import { nodeKey } from "./node-record.ts";
import type { IssuanceLedger } from "./issuance-ledger.ts";
import type { NodeStore } from "./node-store.ts";

export interface CertificateInUse {
  readonly serialNumber: string;
  readonly nodeName: string;
  readonly notAfter: Date;
  /** Of one that has ended, and may still be renewed until then. */
  readonly recoverableUntil?: Date;
  /** Its node has replaced it, and programs there may go on with it until then. */
  readonly lingersUntil?: Date;
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
  /** By signer: for how long after its end a certificate may still be renewed. */
  readonly recoveryWindowSeconds: Readonly<Record<string, number>>;
  /** Where an earlier search stopped. */
  readonly from: SearchPosition | undefined;
  readonly mostSeconds: number;
  /** For so long programs on a machine go on with a certificate that was replaced. */
  readonly lingerSeconds: number;
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
 * Looks for a certificate of this CA that still counts: not revoked, not replaced by a later one of the same name, or only
 * just; and not expired, or not so long that its machine could not come back with it. From the last day backwards, so that
 * what is found is about the last to expire, and until then nobody need
 * look again. Stops when its time is up, for there may be any amount to read, and says where to go on: a CA that is
 * retiring signs nothing new, so that what has been looked at stays as it was.
 */
export async function certificateInUse(inventory: Inventory, question: SearchQuestion): Promise<InventorySearch> {
  const now = inventory.clock();
  const { until, from, mostSeconds } = question;
  const windows = Object.values(question.recoveryWindowSeconds);
  const first = dayOf(new Date(now.getTime() - Math.max(0, ...windows) * 1000));
  const deadline = now.getTime() + mostSeconds * 1000;
  const cursorOn = (day: number): string | undefined => (from?.day.getTime() === day ? from.cursor : undefined);
  const onDay = (day: number) =>
    searchDay(inventory, question, now, { day: new Date(day), cursor: cursorOn(day) }, deadline);
  for (let last = dayOf(from?.day ?? until); last >= first; last -= DAYS_AT_ONCE * DAY_MS) {
    const days = Array.from({ length: DAYS_AT_ONCE }, (_, index) => last - index * DAY_MS);
    const answers = await Promise.all(days.filter((day) => day >= first).map(onDay));
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
  question: SearchQuestion,
  now: Date,
  { day, cursor: from }: SearchPosition,
  deadline: number,
): Promise<InventorySearch> {
  const filter = { expiresFrom: day, expiresUntil: day };
  let cursor = from;
  do {
    const page = await ledger.listCertificates(filter, { limit: PAGE, cursor });
    const own = page.items.filter((record) => mayBeInUse(record, question, now));
    const uses = await Promise.all(own.map((record) => useOf(nodes, record, question, now)));
    // One that its node has not replaced says more than one that it has.
    const found = uses.find((use) => use !== undefined && use.lingersUntil === undefined) ?? uses.find(isThere);
    if (found !== undefined) return { found };
    ({ cursor } = page);
  } while (cursor !== undefined && clock().getTime() < deadline);
  return cursor === undefined ? {} : { stoppedAt: { day, cursor } };
}

/** What is reserved and not signed is nobody's certificate yet: a retired CA signs it no more. */
function mayBeInUse(record: IssuanceRecord, question: SearchQuestion, now: Date): boolean {
  const { reservation } = record;
  if (reservation?.issuerId !== question.issuerId || stateOf(record) !== "Issued") return false;
  return usableUntil(record, reservation.notAfter, question) >= now;
}

function usableUntil({ signerName }: IssuanceRecord, notAfter: Date, { recoveryWindowSeconds }: SearchQuestion): Date {
  return new Date(notAfter.getTime() + (recoveryWindowSeconds[signerName] ?? 0) * 1000);
}

function inUse(
  record: IssuanceRecord,
  { serialNumber, notAfter }: Reservation,
  question: SearchQuestion,
  now: Date,
): CertificateInUse {
  const common = { serialNumber, nodeName: record.nodeName, notAfter };
  return notAfter >= now ? common : { ...common, recoverableUntil: usableUntil(record, notAfter, question) };
}

/**
 * A name without an item is not held at all: then a certificate that lives is on its own, and counts. One that has ended
 * comes back by the name's record alone, and not where the name was released or revoked.
 */
async function useOf(
  nodes: Pick<NodeStore, "read">,
  record: IssuanceRecord,
  question: SearchQuestion,
  now: Date,
): Promise<CertificateInUse | undefined> {
  const { nodeName, signerName, reservation } = record;
  if (reservation === undefined) return undefined;
  const use = inUse(record, reservation, question, now);
  const hasEnded = reservation.notAfter < now;
  const node = await nodes.read(nodeKey(nodeName, signerName));
  if (node === undefined) return hasEnded ? undefined : use;
  if (hasEnded && (node.releasedAt !== undefined || node.revocation !== undefined)) return undefined;
  const slots = [node.anchor, node.candidate].filter(isThere);
  const own = slots.find(({ serialNumber }) => serialNumber === reservation.serialNumber);
  if (own !== undefined) return own.isRevoked ? undefined : use;
  const replacedAt = Math.max(0, ...slots.filter(({ kind }) => kind === "renewal").map(({ at }) => at.getTime()));
  const lingersUntil = new Date(replacedAt + question.lingerSeconds * 1000);
  return !hasEnded && now < lingersUntil ? { ...use, lingersUntil } : undefined;
}

function isThere<T>(one: T | undefined): one is T {
  return one !== undefined;
}

import {
  KEPT_AFTER_EXPIRY_DAYS,
  type Completion,
  type IssuanceRecord,
  type IssuanceState,
  type Revocation,
} from "../../core/ledger/issuance-record.ts";
import type { ObjectLedger } from "../../core/ledger/object-ledger.ts";
import { SIGNED_STATES, type CompletionOptions, type IssuanceLedger } from "../../core/ledger/issuance-ledger.ts";
import type { RevocationLedger } from "../../core/revocation/revocation-ledger.ts";
import type { SerialNumber } from "../../core/certificate/serial-number.ts";
import { isWanted } from "../certificate-filter.ts";
import { copyOf } from "./copy.ts";
import { certificatePage, changePage, changesBetween, ownedPage, requestPage, revokedPage } from "./issuance-lists.ts";
import { memoryObjectActs } from "./object-acts.ts";
import { hooked, type MemoryHooks } from "./memory-hooks.ts";

const DAY_MILLISECONDS = 24 * 3600 * 1000;
const KEPT_WAITING_DAYS = 8;
const KEPT_UNSIGNED_DAYS = 2;

export interface MemoryIssuanceLedger extends IssuanceLedger, ObjectLedger, RevocationLedger {
  /** Does what time to live does: deletes what is overdue. */
  sweep(now: Date): void;
}

/** @param byName what is stored: for whoever plays a restore */
export function memoryIssuanceLedger(
  hooks: MemoryHooks = {},
  byName = new Map<string, IssuanceRecord>(),
): MemoryIssuanceLedger {
  const records = memoryRecords(byName);
  return {
    sweep: (now) => {
      for (const record of [...byName.values()])
        if (isOverdue(record, records.touched.get(record.name), now)) byName.delete(record.name);
    },
    read: (name) => hooked(hooks, "ledger.read", () => byName.get(name)),
    readMany: (names) => hooked(hooks, "ledger.readMany", () => recordsOf(byName, names)),
    createPending: (record) => hooked(hooks, "ledger.createPending", () => records.createPending(record)),
    reserve: (record) => hooked(hooks, "ledger.reserve", () => records.reserve(record)),
    countAttempt: (name, at) => hooked(hooks, "ledger.countAttempt", () => records.countAttempt(name, at)),
    complete: (name, completion, options) =>
      hooked(hooks, "ledger.complete", () => records.complete(name, completion, options)),
    void: (name, at) => hooked(hooks, "ledger.void", () => records.void(name, at)),
    voidUnsigned: (name, at) => hooked(hooks, "ledger.voidUnsigned", () => records.voidUnsigned(name, at)),
    createVoid: (record) => hooked(hooks, "ledger.createVoid", () => createIfAbsent(records, record)),
    decide: (name, decision) => hooked(hooks, "ledger.decide", () => records.decide(name, decision)),
    noteObstacle: (name, obstacle) => hooked(hooks, "ledger.noteObstacle", () => records.noteObstacle(name, obstacle)),
    revoke: (name, revocation) => hooked(hooks, "ledger.revoke", () => records.revoke(name, revocation)),
    findBySerialNumber: (serialNumber, filter) =>
      hooked(hooks, "ledger.findBySerialNumber", () =>
        [...byName.values()].find((record) => hasSerialNumber(record, serialNumber) && isWanted(record, filter)),
      ),
    listRequests: (state, page) =>
      hooked(hooks, "ledger.listRequests", () => requestPage(records.listed(state), state, page)),
    listCertificates: (filter, page) =>
      hooked(hooks, "ledger.listCertificates", () => certificatePage([...byName.values()], filter, page)),
    listRevoked: (issuerId, page, since) =>
      hooked(hooks, "ledger.listRevoked", () => revokedPage([...byName.values()], issuerId, page, since)),
    remove: (name, at) => hooked(hooks, "ledger.remove", () => records.remove(name, at)),
    abandon: (name, at) => hooked(hooks, "ledger.abandon", () => records.abandon(name, at)),
    succeed: (name, successor, previous) =>
      hooked(hooks, "ledger.succeed", () => records.succeed(name, successor, previous)),
    annotate: (name, metadata, previousAt) =>
      hooked(hooks, "ledger.annotate", () => records.annotate(name, metadata, previousAt)),
    listOwned: (requester, since, page) =>
      hooked(hooks, "ledger.listOwned", () =>
        ownedPage([...byName.values()], records.askedNames, requester, since, page),
      ),
    listChanged: (since, until, page) =>
      hooked(hooks, "ledger.listChanged", () => changePage([...byName.values()], since, until, page)),
    changesBetween: (after, until, limit) =>
      hooked(hooks, "ledger.changesBetween", () => changesBetween([...byName.values()], after, until, limit)),
  };
}

function recordsOf(
  byName: ReadonlyMap<string, IssuanceRecord>,
  names: readonly string[],
): ReadonlyMap<string, IssuanceRecord> {
  const found = names.map((name) => byName.get(name)).filter((record) => record !== undefined);
  return new Map(found.map((record) => [record.name, record]));
}

function hasSerialNumber({ reservation }: IssuanceRecord, serialNumber: SerialNumber): boolean {
  return reservation?.serialNumber === serialNumber;
}

function createIfAbsent({ byName, put }: ReturnType<typeof memoryRecords>, record: IssuanceRecord): boolean {
  const isNew = !byName.has(record.name);
  if (isNew) put(record);
  return isNew;
}

/** The acts themselves, each at one instant. Stored objects are replaced, never changed. */
function memoryRecords(byName: Map<string, IssuanceRecord>) {
  const waitingNames = new Set<string>();
  const decidedNames = new Set<string>();
  const askedNames = new Set<string>();
  /** When an unsigned record was last attempted or voided: it is kept on from then. */
  const touched = new Map<string, Date>();

  const put = (record: IssuanceRecord): IssuanceRecord => {
    const copy = copyOf(record);
    byName.set(record.name, copy);
    return copy;
  };
  const known = (name: string): IssuanceRecord => {
    const record = byName.get(name);
    if (record === undefined) throw notReserved(name);
    return record;
  };

  return {
    byName,
    askedNames,
    touched,
    put,
    ...memoryObjectActs(byName, waitingNames, touched, put),
    listed: (state: IssuanceState | undefined) => {
      const names = state !== undefined && SIGNED_STATES.has(state) ? decidedNames : waitingNames;
      return [...byName.values()].filter(({ name }) => names.has(name));
    },

    createPending: (record: IssuanceRecord): IssuanceRecord => {
      const first = byName.get(record.name);
      if (first !== undefined) return first;
      askedNames.add(record.name);
      // What policy approved by itself waits for nobody.
      if (record.decision === undefined) waitingNames.add(record.name);
      return put(record);
    },

    reserve: (record: IssuanceRecord): IssuanceRecord => {
      if (record.reservation === undefined) throw notReserved(record.name);
      const first = byName.get(record.name);
      if (first === undefined) return put(record);
      const isClosed = first.reservation !== undefined || first.voidedAt !== undefined;
      if (isClosed || first.decision?.outcome === "Denied") return first;
      return put(onceWaiting(first, record));
    },

    countAttempt: (name: string, at: Date): void => {
      const record = known(name);
      if (record.reservation === undefined) throw notReserved(name);
      touched.set(name, at);
      put({ ...record, reservation: { ...record.reservation, attempts: record.reservation.attempts + 1 } });
    },

    complete: (name: string, completion: Completion, { wasDecided }: CompletionOptions = {}): IssuanceRecord => {
      const record = known(name);
      if (record.completion !== undefined || record.voidedAt !== undefined) return record;
      if (record.reservation === undefined) throw notReserved(name);
      waitingNames.delete(name);
      if (wasDecided === true) decidedNames.add(name);
      return put(withoutObstacle({ ...record, completion }));
    },

    void: (name: string, at: Date): boolean => {
      const record = byName.get(name);
      if (record === undefined) return false;
      waitingNames.delete(name);
      put({ ...record, voidedAt: record.voidedAt ?? at });
      return true;
    },

    revoke: (name: string, revocation: Revocation): IssuanceRecord | undefined => {
      const record = byName.get(name);
      if (record === undefined) return undefined;
      waitingNames.delete(name);
      return put({ ...record, revocation: record.revocation ?? revocation });
    },
  };
}

/** Who asked first stays the same object, and an operator's override stands. */
function onceWaiting(first: IssuanceRecord, record: IssuanceRecord): IssuanceRecord {
  const { uid, createdAt, decision, obstacle, revocation, removedAt, successor, metadata, isUseKept } = first;
  return {
    ...record,
    uid,
    createdAt,
    ...(decision === undefined ? {} : { decision }),
    ...(obstacle === undefined ? {} : { obstacle }),
    ...(revocation === undefined ? {} : { revocation }),
    ...(removedAt === undefined ? {} : { removedAt }),
    ...(successor === undefined ? {} : { successor }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(isUseKept === undefined ? {} : { isUseKept }),
  };
}

function withoutObstacle(record: IssuanceRecord): IssuanceRecord {
  const copy = { ...record };
  Reflect.deleteProperty(copy, "obstacle");
  return copy;
}

function notReserved(name: string): Error {
  return new Error(`nothing is reserved under the name ${name}`);
}

/**
 * When DynamoDB may have deleted a record by its `deleteAt` (`adapters/dynamodb/issuance/issuance-item.ts`).
 *
 * @param touchedAt when it was last attempted or voided, unsigned
 */
function isOverdue(
  { createdAt, reservation, completion }: IssuanceRecord,
  touchedAt: Date | undefined,
  now: Date,
): boolean {
  const after = (at: Date, days: number): boolean => now.getTime() >= at.getTime() + days * DAY_MILLISECONDS;
  if (reservation !== undefined && completion !== undefined) return after(reservation.notAfter, KEPT_AFTER_EXPIRY_DAYS);
  if (touchedAt !== undefined && !after(touchedAt, KEPT_WAITING_DAYS)) return false;
  if (reservation === undefined) return after(createdAt, KEPT_WAITING_DAYS);
  const hasWaited = createdAt < reservation.at;
  return after(reservation.at, KEPT_UNSIGNED_DAYS) && (!hasWaited || after(createdAt, KEPT_WAITING_DAYS));
}

import type { Completion, IssuanceRecord } from "../../../core/ledger/issuance-record.ts";
import type { IssuanceLedger } from "../../../core/ledger/issuance-ledger.ts";
import type { VoidRecord } from "../../../core/ledger/void-intent.ts";
import type { ObjectLedger } from "../../../core/ledger/object-ledger.ts";
import type { RevocationLedger } from "../../../core/revocation/revocation-ledger.ts";
import { changeAssignments } from "./change-list.ts";
import { bytes, number, text, time, type Item } from "../attribute.ts";
import { objectActs } from "./object-acts.ts";
import { findBySerialNumber, listCertificates, listRequests } from "./issuance-lists.ts";
import {
  DECIDED,
  issuanceOf,
  pendingItem,
  reservedAttributes,
  unsignedUntil,
  uuidAttribute,
  voidAttributes,
} from "./issuance-item.ts";
import { requestEnds } from "./request-ends.ts";
import { placeAtCompletion, placeAtReservation } from "./owned-list.ts";
import { listRevoked } from "./revoked-list.ts";
import { dynamoDbTable, type Change, type DynamoDbTable, type TableOptions } from "../table.ts";

const IS_RESERVED = "attribute_exists(#sn)";
const IS_NOT_RESERVED = "attribute_not_exists(#sn)";
const IS_NOT_VOID = "attribute_not_exists(#v)";

export function dynamoDbIssuanceLedger(options: TableOptions): IssuanceLedger & ObjectLedger & RevocationLedger {
  const table = dynamoDbTable(options, "issuances");

  const read = async (name: string): Promise<IssuanceRecord | undefined> => {
    const item = await table.read(name);
    return item === undefined ? undefined : issuanceOf(item);
  };

  return {
    read,

    readMany: async (names) =>
      new Map((await table.readMany(names)).map(issuanceOf).map((record) => [record.name, record])),

    createPending: async (record) => {
      if (await table.put(pendingItem(record), { condition: "attribute_not_exists(#name)" })) return record;
      const first = await read(record.name);
      if (first === undefined) throw new Error(`the request ${record.name} went while it was looked at`);
      return first;
    },

    reserve: async (record) => {
      const { item } = await table.update(record.name, reserveChange(record));
      return stored(item, record.name);
    },

    countAttempt: (name, at) => countAttempt(table, name, at),

    complete: async (name, completion, { wasDecided = false } = {}) => {
      let { isApplied, item } = await table.update(name, completeChange(name, completion, true, wasDecided));
      // Reserved by an earlier version: it is in the lists already.
      if (!isApplied && item?.["sn"] !== undefined && item["ix"] === undefined && item["sg"] === undefined)
        ({ isApplied, item } = await table.update(name, completeChange(name, completion, false, wasDecided)));
      const record = stored(item, name);
      if (!isApplied && record.reservation === undefined && record.voidedAt === undefined) throw notReserved(name);
      return record;
    },

    createVoid: async (record) => (await table.update(record.name, voidChange(record))).isApplied,

    ...requestEnds(table),
    ...objectActs(table),
    findBySerialNumber: (serialNumber, filter) => findBySerialNumber(table, serialNumber, filter),
    listRequests: (state, page) => listRequests(table, state, page),
    listCertificates: (filter, page) => listCertificates(table, filter, page),
    listRevoked: (issuerId, page, since) => listRevoked(table, issuerId, page, since),
  };
}

async function countAttempt(table: DynamoDbTable, name: string, at: Date): Promise<void> {
  const one = { ":one": number(1) };
  const unsigned = await table.update(name, {
    update: "ADD #a :one SET #deleteAt = :until",
    condition: `${IS_RESERVED} AND attribute_not_exists(#sg)`,
    values: { ...one, ":until": unsignedUntil(at) },
  });
  if (unsigned.isApplied) return;
  // Signed meanwhile: it is kept for long already.
  const { isApplied } = await table.update(name, { update: "ADD #a :one", condition: IS_RESERVED, values: one });
  if (!isApplied) throw notReserved(name);
}

/** In the same write it comes into the lists of certificates, unless it is there from its reservation on. */
function completeChange(
  name: string,
  { signature, requestId, at }: Completion,
  isListed: boolean,
  wasDecided: boolean,
): Change {
  const { assignments, values } = changeAssignments(name, at);
  const place = placeAtCompletion(name);
  const [set, removed, condition] = isListed
    ? [`, ${place.assignments}`, `, ${place.removals}`, " AND attribute_exists(#ix)"]
    : ["", "", ""];
  const decided = wasDecided
    ? { set: ", #w = :decided", removed: "#ob", values: { ":decided": text(DECIDED) } }
    : { set: "", removed: "#w", values: {} };
  const request =
    requestId === undefined
      ? { set: "" }
      : { set: ", #kr = :request", values: { ":request": uuidAttribute(requestId) } };
  return {
    update: `SET #sg = :signature, #ca = :at${request.set}${decided.set}${set}${assignments} REMOVE ${decided.removed}${removed}`,
    condition: `${IS_RESERVED} AND attribute_not_exists(#sg) AND ${IS_NOT_VOID}${condition}`,
    values: { ":signature": bytes(signature), ":at": time(at), ...request.values, ...decided.values, ...values },
  };
}

function voidChange(record: VoidRecord): Change {
  const attributes = Object.entries(voidAttributes(record));
  return {
    update: `SET ${attributes.map(([name]) => `#${name} = :${name}`).join(", ")}`,
    condition: "attribute_not_exists(#name)",
    values: Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
  };
}

/** Those a waiting request keeps: who asked first stays the same object, and an operator's override stands. */
const FIRST_STAYS: ReadonlySet<string> = new Set(["u", "c", "d"]);

/** May be absent, and go when the reserving attempt has none: all that the TBSCertificate was built from goes together. */
const OPTIONAL = ["g", "k", "l", "t"];

function reserveChange(record: IssuanceRecord): Change {
  const { reservation } = record;
  if (reservation === undefined) throw notReserved(record.name);
  const attributes = reservedAttributes(record, reservation);
  const { removals: places, keeps } = placeAtReservation(record, reservation.at);
  const staying = new Set([...FIRST_STAYS, ...keeps]);
  const assignments = Object.keys(attributes).map((name) =>
    staying.has(name) ? `#${name} = if_not_exists(#${name}, :${name})` : `#${name} = :${name}`,
  );
  const missing = OPTIONAL.filter((name) => attributes[name] === undefined && !staying.has(name));
  const removals = ["q", ...places, ...missing].map((name) => `#${name}`);
  const values = Object.entries(attributes).map(([name, value]) => [`:${name}`, value] as const);
  return {
    update: `SET ${assignments.join(", ")} REMOVE ${removals.join(", ")}`,
    condition: `${IS_NOT_RESERVED} AND ${IS_NOT_VOID} AND (attribute_not_exists(#d) OR #d.#o <> :denied)`,
    values: { ...Object.fromEntries(values), ":denied": text("Denied") },
  };
}

function stored(item: Item | undefined, name: string): IssuanceRecord {
  if (item === undefined) throw notReserved(name);
  return issuanceOf(item);
}

function notReserved(name: string): Error {
  return new Error(`nothing is reserved under the name ${name}`);
}

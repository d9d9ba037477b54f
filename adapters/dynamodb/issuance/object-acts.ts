import type { IssuanceRecord } from "../../../core/ledger/issuance-record.ts";
import { lastChangeOf } from "../../../core/signing-request/retention.ts";
import type { ObjectLedger } from "../../../core/ledger/object-ledger.ts";
import { seconds, text, time } from "../attribute.ts";
import { changeAssignments, namesByChange, namesChangedBetween } from "./change-list.ts";
import { issuanceOf, unsignedUntil } from "./issuance-item.ts";
import { metadataAttribute } from "./metadata-attribute.ts";
import { namesByRequester } from "./owned-list.ts";
import type { DynamoDbTable } from "../table.ts";

const EXISTS = "attribute_exists(#name)";

/** A name must not be forgotten before the object that has it now is out of sight, which is after two days at most. */
const SUCCESSOR_KEPT_MS = 4 * 24 * 3600 * 1000;

/** What Kubernetes' view of the ledger does to its items. */
export function objectActs(table: DynamoDbTable): ObjectLedger {
  return {
    remove: async (name, at) => {
      const { assignments, values } = changeAssignments(name, at);
      const { item } = await table.update(name, {
        update: `SET #rm = if_not_exists(#rm, :at)${assignments}`,
        condition: EXISTS,
        values: { ":at": time(at), ...values },
      });
      return item === undefined ? undefined : issuanceOf(item);
    },

    abandon: async (name, at) => {
      const { assignments, values } = changeAssignments(name, at);
      const { item } = await table.update(name, {
        update: `SET #v = if_not_exists(#v, :at), #rt = if_not_exists(#rt, :at), #rm = if_not_exists(#rm, :at), #deleteAt = :until${assignments} REMOVE #w`,
        condition: `${EXISTS} AND attribute_not_exists(#sg)`,
        values: { ":at": time(at), ":until": unsignedUntil(at), ...values },
      });
      return item === undefined ? undefined : issuanceOf(item);
    },

    succeed: async (name, successor, previous, at) => {
      const isUnchanged = previous === undefined ? "attribute_not_exists(#su)" : "#su = :previous";
      const condition = `${EXISTS} AND ${isUnchanged}`;
      const values = { ":next": text(successor), ...(previous === undefined ? {} : { ":previous": text(previous) }) };
      const until = { ":until": seconds(new Date(at.getTime() + SUCCESSOR_KEPT_MS)) };
      const soon = await table.update(name, {
        update: "SET #su = :next, #deleteAt = :until",
        condition: `${condition} AND #deleteAt < :until`,
        values: { ...values, ...until },
      });
      if (soon.isApplied) return true;
      return (await table.update(name, { update: "SET #su = :next", condition, values })).isApplied;
    },

    annotate: async (name, metadata, previousAt) => {
      const isUnchanged = previousAt === undefined ? "attribute_not_exists(#m)" : "#m.#at = :previous";
      const { assignments, values } = changeAssignments(name, metadata.at);
      const { isApplied, item } = await table.update(name, {
        update: `SET #m = :metadata${assignments}`,
        condition: `${EXISTS} AND ${isUnchanged}`,
        values: {
          ":metadata": metadataAttribute(metadata),
          ...(previousAt === undefined ? {} : { ":previous": time(previousAt) }),
          ...values,
        },
      });
      return isApplied && item !== undefined ? issuanceOf(item) : undefined;
    },

    listOwned: async (requester, since, page) => {
      const { items: names, cursor } = await namesByRequester(table, requester, since, page);
      return { items: (await table.readMany(names)).map(issuanceOf), cursor };
    },

    listChanged: async (since, until, page) => {
      const { items: names, cursor } = await namesByChange(table, since, until, page);
      return { items: (await table.readMany(names)).map(issuanceOf), cursor };
    },

    changesBetween: async (after, until, limit) => {
      const names = await namesChangedBetween(table, after, until, limit);
      const records = (await table.readMany(names)).map(issuanceOf);
      // The index lags, and an act that found nothing to change is in it too.
      const changedAt = (record: IssuanceRecord): number => lastChangeOf(record).getTime();
      return records.sort((one, other) => changedAt(one) - changedAt(other)).slice(0, limit);
    },
  };
}

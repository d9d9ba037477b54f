import type { ObjectLedger } from "../../core/object-ledger.ts";
import { seconds, text, time } from "./attribute.ts";
import { namesByCreation } from "./creation-list.ts";
import { issuanceOf } from "./issuance-item.ts";
import { metadataAttribute } from "./metadata-attribute.ts";
import type { DynamoDbTable } from "./table.ts";

const EXISTS = "attribute_exists(#name)";

/** A name must not be forgotten before the object that has it now is out of sight, which is after two days at most. */
const SUCCESSOR_KEPT_MS = 4 * 24 * 3600 * 1000;

/** What Kubernetes' view of the ledger does to its items. */
export function objectActs(table: DynamoDbTable): ObjectLedger {
  return {
    remove: async (name, at) => {
      const { item } = await table.update(name, {
        update: "SET #rm = if_not_exists(#rm, :at)",
        condition: EXISTS,
        values: { ":at": time(at) },
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
      const { isApplied, item } = await table.update(name, {
        update: "SET #m = :metadata",
        condition: `${EXISTS} AND ${isUnchanged}`,
        values: {
          ":metadata": metadataAttribute(metadata),
          ...(previousAt === undefined ? {} : { ":previous": time(previousAt) }),
        },
      });
      return isApplied && item !== undefined ? issuanceOf(item) : undefined;
    },

    listCreated: async (since, until, page) => {
      const { items: names, cursor } = await namesByCreation(table, since, until, page);
      return { items: (await table.readMany(names)).map(issuanceOf), cursor };
    },
  };
}

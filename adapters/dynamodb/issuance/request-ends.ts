import type { IssuanceLedger } from "../../../core/ledger/issuance-ledger.ts";
import { text, time, type Item } from "../attribute.ts";
import { changeAssignments } from "./change-list.ts";
import { DECIDED, decisionAttribute, issuanceOf, obstacleAttribute, unsignedUntil } from "./issuance-item.ts";
import { revocationAttribute } from "./revocation-attribute.ts";
import type { DynamoDbTable } from "../table.ts";

const EXISTS = "attribute_exists(#name)";
const IS_NOT_RESERVED = "attribute_not_exists(#sn)";
const IS_NOT_VOID = "attribute_not_exists(#v)";

type Ends = Pick<IssuanceLedger, "decide" | "noteObstacle" | "void" | "voidUnsigned" | "revoke">;

/** What is said about a request besides its reservation and its signature. */
export function requestEnds(table: DynamoDbTable): Ends {
  /** It waits no more. What an administrator approved stays in the list of what was decided: that takes a second write. */
  const endWaiting = async (name: string, update: string, values: Item) => {
    const condition = `${EXISTS} AND (attribute_not_exists(#w) OR #w <> :decided)`;
    const ended = await table.update(name, {
      update: `${update} REMOVE #w`,
      condition,
      values: { ...values, ":decided": text(DECIDED) },
    });
    if (ended.isApplied || ended.item === undefined) return ended;
    return table.update(name, { update, condition: EXISTS, values });
  };

  return {
    void: async (name, at) => {
      const { assignments, values } = changeAssignments(name, at);
      const update = `SET #v = if_not_exists(#v, :at), #rt = if_not_exists(#rt, :at)${assignments}`;
      const { isApplied } = await endWaiting(name, update, { ":at": time(at), ...values });
      return isApplied;
    },

    voidUnsigned: async (name, at) => {
      const { assignments, values } = changeAssignments(name, at);
      const { item } = await table.update(name, {
        update: `SET #v = if_not_exists(#v, :at), #rt = if_not_exists(#rt, :at), #deleteAt = :until${assignments} REMOVE #w`,
        condition: `${EXISTS} AND attribute_not_exists(#sg)`,
        values: { ":at": time(at), ":until": unsignedUntil(at), ...values },
      });
      return item === undefined ? undefined : issuanceOf(item);
    },

    decide: async (name, decision) => {
      const { assignments, values } = changeAssignments(name, decision.at);
      const isOpen = `${EXISTS} AND attribute_not_exists(#rv) AND ${IS_NOT_VOID}`;
      const isPending = `attribute_not_exists(#d) AND ${IS_NOT_RESERVED}`;
      const lacksOverride = `#d.#o = :approved AND attribute_not_exists(#d.#x) AND attribute_not_exists(#sg)`;
      const isOverride = decision.mayReplace === true;
      const { item } = await table.update(name, {
        update: `SET #d = :decision${assignments}`,
        condition: `${isOpen} AND (${isOverride ? `(${isPending}) OR (${lacksOverride})` : isPending})`,
        values: {
          ":decision": decisionAttribute(decision),
          ...(isOverride ? { ":approved": text("Approved") } : {}),
          ...values,
        },
      });
      return item === undefined ? undefined : issuanceOf(item);
    },

    noteObstacle: async (name, obstacle) => {
      const { assignments, values } = changeAssignments(name, obstacle.at);
      const { item } = await table.update(name, {
        update: `SET #ob = :obstacle${assignments}`,
        condition: `#d.#o = :approved AND attribute_not_exists(#sg) AND attribute_not_exists(#rv) AND ${IS_NOT_VOID}`,
        values: { ":obstacle": obstacleAttribute(obstacle), ":approved": text("Approved"), ...values },
      });
      return item === undefined ? undefined : issuanceOf(item);
    },

    revoke: async (name, revocation) => {
      const { assignments, values } = changeAssignments(name, revocation.at);
      const update = `SET #rv = if_not_exists(#rv, :revocation), #rt = if_not_exists(#rt, :at)${assignments}`;
      const { item } = await endWaiting(name, update, {
        ":revocation": revocationAttribute(revocation),
        ":at": time(revocation.at),
        ...values,
      });
      return item === undefined ? undefined : issuanceOf(item);
    },
  };
}

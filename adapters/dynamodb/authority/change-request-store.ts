import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { SearchPosition } from "../../../core/ledger/certificate-in-use.ts";
import {
  NO_PROGRESS,
  NO_CHANGE_REQUESTS,
  CHANGE_REQUESTS_ID,
  type AuthorityAct,
  type AuthorityProgress,
  type ChangeRequest,
  type ChangeRequestStore,
  type ChangeRequests,
  type ChangeOutcome,
} from "../../../core/authority/change-request.ts";
import type { InventoryBound } from "../../../core/authority/inventory-bound.ts";
import {
  itemOf,
  map,
  mapOf,
  number,
  numberOf,
  oneOf,
  optional,
  optionalOf,
  text,
  textOf,
  time,
  timeOf,
  unreadable,
  type Item,
} from "../attribute.ts";
import { dynamoDbTable, type Condition, type TableOptions } from "../table.ts";

const PROGRESS_ID = "progress";

const ACTS = ["prepare", "activate", "retire"] as const satisfies readonly AuthorityAct[];
/** The attribute has the name of the first release. */
const STORED_LIST = "wishes";
const OUTCOMES = ["held", "done", "refused"] as const satisfies readonly ChangeOutcome["state"][];

export function dynamoDbChangeRequestStore(options: TableOptions): ChangeRequestStore {
  const table = dynamoDbTable(options, "authorities");
  return {
    readChangeRequests: async () => {
      const item = await table.read(CHANGE_REQUESTS_ID);
      return item === undefined ? NO_CHANGE_REQUESTS : bookOf(item);
    },
    writeChangeRequests: ({ version, changeRequests }) =>
      table.put(
        {
          id: text(CHANGE_REQUESTS_ID),
          version: number(version),
          [STORED_LIST]: { L: changeRequests.map(changeRequestAttribute) },
        },
        after(version - 1),
      ),
    readProgress: async () => {
      const item = await table.read(PROGRESS_ID);
      return item === undefined ? NO_PROGRESS : progressOf(item);
    },
    writeProgress: ({ version, outcomes, publishedSequence, warnedAt, inventory }) =>
      table.put(
        itemOf({
          id: text(PROGRESS_ID),
          version: number(version + 1),
          outcomes: map(
            Object.fromEntries(
              [...outcomes].map(([changeRequest, one]) => [String(changeRequest), outcomeAttribute(one)]),
            ),
          ),
          publishedSequence: number(publishedSequence),
          warnedAt: optional(warnedAt, time),
          inventory: optional(inventory, inventoryAttribute),
        }),
        after(version),
      ),
  };
}

function after(version: number): Condition {
  return version === 0
    ? { condition: "attribute_not_exists(#id)" }
    : { condition: "#version = :version", values: { ":version": number(version) } };
}

function changeRequestAttribute({
  number: changeRequest,
  act,
  authorityId,
  isForced,
  askedAt,
  askedBy,
  secondedBy,
}: ChangeRequest) {
  return map({
    number: number(changeRequest),
    act: text(act),
    authorityId: text(authorityId),
    isForced: { BOOL: isForced },
    askedAt: time(askedAt),
    askedBy: text(askedBy),
    secondedBy: optional(secondedBy, text),
  });
}

function bookOf(item: Item): ChangeRequests {
  const changeRequests = item[STORED_LIST]?.L ?? unreadable(STORED_LIST, "list");
  return {
    version: numberOf(item, "version"),
    changeRequests: changeRequests.map(({ M }) => changeRequestOf(M ?? unreadable(STORED_LIST, "list of maps"))),
  };
}

function changeRequestOf(item: Item): ChangeRequest {
  return {
    number: numberOf(item, "number"),
    act: oneOf(item, "act", ACTS),
    authorityId: textOf(item, "authorityId"),
    isForced: item["isForced"]?.BOOL ?? unreadable("isForced", "boolean"),
    askedAt: timeOf(item, "askedAt"),
    askedBy: textOf(item, "askedBy"),
    ...(item["secondedBy"] === undefined ? {} : { secondedBy: textOf(item, "secondedBy") }),
  };
}

function outcomeAttribute({ state, reason, at, recheckAt, searchedTo }: ChangeOutcome): AttributeValue {
  return map({
    state: text(state),
    reason: text(reason),
    at: time(at),
    recheckAt: optional(recheckAt, time),
    searchedTo: optional(searchedTo, ({ day, cursor }) => map({ day: time(day), cursor: optional(cursor, text) })),
  });
}

function progressOf(item: Item): AuthorityProgress {
  const outcomes = item["outcomes"]?.M ?? unreadable("outcomes", "map");
  return {
    version: numberOf(item, "version"),
    outcomes: new Map(
      Object.entries(outcomes).map(([changeRequest, { M }]) => [
        Number(changeRequest),
        outcomeOf(M ?? unreadable("outcomes", "map")),
      ]),
    ),
    publishedSequence: numberOf(item, "publishedSequence"),
    warnedAt: optionalOf(item, "warnedAt", timeOf),
    ...(item["inventory"] === undefined ? {} : { inventory: inventoryOf(mapOf(item, "inventory")) }),
  };
}

function inventoryAttribute({ longestLifetimeSeconds, earlierUntil }: InventoryBound): AttributeValue {
  return map({ longestLifetimeSeconds: number(longestLifetimeSeconds), earlierUntil: time(earlierUntil) });
}

function inventoryOf(item: Item): InventoryBound {
  return {
    longestLifetimeSeconds: numberOf(item, "longestLifetimeSeconds"),
    earlierUntil: timeOf(item, "earlierUntil"),
  };
}

function outcomeOf(item: Item): ChangeOutcome {
  return {
    state: oneOf(item, "state", OUTCOMES),
    reason: textOf(item, "reason"),
    at: timeOf(item, "at"),
    recheckAt: optionalOf(item, "recheckAt", timeOf),
    ...(item["searchedTo"] === undefined ? {} : { searchedTo: positionOf(mapOf(item, "searchedTo")) }),
  };
}

function positionOf(item: Item): SearchPosition {
  return { day: timeOf(item, "day"), cursor: optionalOf(item, "cursor", textOf) };
}

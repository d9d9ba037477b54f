import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  NO_PROGRESS,
  NO_WISHES,
  WISHES_ID,
  type AuthorityAct,
  type AuthorityProgress,
  type AuthorityWish,
  type AuthorityWishStore,
  type WishBook,
  type WishOutcome,
} from "../../../core/authority/change-request.ts";
import {
  itemOf,
  map,
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
const OUTCOMES = ["held", "done", "refused"] as const satisfies readonly WishOutcome["state"][];

export function dynamoDbAuthorityWishStore(options: TableOptions): AuthorityWishStore {
  const table = dynamoDbTable(options, "authorities");
  return {
    readWishes: async () => {
      const item = await table.read(WISHES_ID);
      return item === undefined ? NO_WISHES : bookOf(item);
    },
    writeWishes: ({ version, wishes }) =>
      table.put(
        { id: text(WISHES_ID), version: number(version), wishes: { L: wishes.map(wishAttribute) } },
        after(version - 1),
      ),
    readProgress: async () => {
      const item = await table.read(PROGRESS_ID);
      return item === undefined ? NO_PROGRESS : progressOf(item);
    },
    writeProgress: ({ version, outcomes, publishedSequence, warnedAt }) =>
      table.put(
        itemOf({
          id: text(PROGRESS_ID),
          version: number(version + 1),
          outcomes: map(Object.fromEntries([...outcomes].map(([wish, one]) => [String(wish), outcomeAttribute(one)]))),
          publishedSequence: number(publishedSequence),
          warnedAt: optional(warnedAt, time),
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

function wishAttribute({ number: wish, act, authorityId, isForced, askedAt, askedBy }: AuthorityWish) {
  return map({
    number: number(wish),
    act: text(act),
    authorityId: text(authorityId),
    isForced: { BOOL: isForced },
    askedAt: time(askedAt),
    askedBy: text(askedBy),
  });
}

function bookOf(item: Item): WishBook {
  const wishes = item["wishes"]?.L ?? unreadable("wishes", "list");
  return {
    version: numberOf(item, "version"),
    wishes: wishes.map(({ M }) => wishOf(M ?? unreadable("wishes", "list of maps"))),
  };
}

function wishOf(item: Item): AuthorityWish {
  return {
    number: numberOf(item, "number"),
    act: oneOf(item, "act", ACTS),
    authorityId: textOf(item, "authorityId"),
    isForced: item["isForced"]?.BOOL ?? unreadable("isForced", "boolean"),
    askedAt: timeOf(item, "askedAt"),
    askedBy: textOf(item, "askedBy"),
  };
}

function outcomeAttribute({ state, reason, at, recheckAt }: WishOutcome): AttributeValue {
  return map({ state: text(state), reason: text(reason), at: time(at), recheckAt: optional(recheckAt, time) });
}

function progressOf(item: Item): AuthorityProgress {
  const outcomes = item["outcomes"]?.M ?? unreadable("outcomes", "map");
  return {
    version: numberOf(item, "version"),
    outcomes: new Map(
      Object.entries(outcomes).map(([wish, { M }]) => [Number(wish), outcomeOf(M ?? unreadable("outcomes", "map"))]),
    ),
    publishedSequence: numberOf(item, "publishedSequence"),
    warnedAt: optionalOf(item, "warnedAt", timeOf),
  };
}

function outcomeOf(item: Item): WishOutcome {
  return {
    state: oneOf(item, "state", OUTCOMES),
    reason: textOf(item, "reason"),
    at: timeOf(item, "at"),
    recheckAt: optionalOf(item, "recheckAt", timeOf),
  };
}

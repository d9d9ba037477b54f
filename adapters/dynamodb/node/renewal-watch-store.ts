import {
  NO_WATCH,
  type RenewalWatch,
  type RenewalWatchStore,
  type UnfinishedDay,
} from "../../../core/renewal/watch-progress.ts";
import {
  itemOf,
  map,
  mapOf,
  number,
  numberOf,
  optional,
  optionalOf,
  text,
  textOf,
  time,
  timeOf,
  type Item,
} from "../attribute.ts";
import { dynamoDbTable, type TableOptions } from "../table.ts";

const ID = "renewal-watch";

/** One item beside the trust bundle: some fifty days at most. */
export function dynamoDbRenewalWatchStore(options: TableOptions): RenewalWatchStore {
  const table = dynamoDbTable(options, "authorities");
  return {
    read: async () => {
      const item = await table.read(ID);
      return item === undefined ? NO_WATCH : watchOf(item);
    },
    write: (watch) =>
      table.put(
        watchItem({ ...watch, version: watch.version + 1 }),
        watch.version === 0
          ? { condition: "attribute_not_exists(#id)" }
          : { condition: "#version = :version", values: { ":version": number(watch.version) } },
      ),
  };
}

function watchItem({ version, checkedUntil, unfinished }: RenewalWatch): Item {
  return itemOf({
    id: text(ID),
    version: number(version),
    lookedUntil: map(Object.fromEntries([...checkedUntil].map(([day, until]) => [day, time(until)]))),
    unfinished: optional(unfinished, ({ day, until, cursor }) =>
      map({ day: text(day), until: time(until), cursor: text(cursor) }),
    ),
  });
}

function watchOf(item: Item): RenewalWatch {
  const days = mapOf(item, "lookedUntil");
  return {
    version: numberOf(item, "version"),
    checkedUntil: new Map(Object.keys(days).map((day) => [day, timeOf(days, day)])),
    unfinished: optionalOf(item, "unfinished", unfinishedOf),
  };
}

function unfinishedOf(item: Item, name: string): UnfinishedDay {
  const day = mapOf(item, name);
  return { day: textOf(day, "day"), until: timeOf(day, "until"), cursor: textOf(day, "cursor") };
}

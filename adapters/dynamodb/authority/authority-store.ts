import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Authority, AuthorityRole, AuthorityState, TrustBundle } from "../../../core/authority/authority.ts";
import type { AuthorityStore } from "../../../core/authority/authority-store.ts";
import {
  bytes,
  bytesOf,
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
import { dynamoDbTable, type TableOptions } from "../table.ts";

/** The bundle is one item: its 400 KB hold some four hundred generations. Beside it lies what was reserved. */
const ID = "trust-bundle";

const ROLES = ["root", "issuing"] as const satisfies readonly AuthorityRole[];
const STATES = ["prepared", "active", "retiring", "retired"] as const satisfies readonly AuthorityState[];

export function dynamoDbAuthorityStore(options: TableOptions): AuthorityStore {
  const table = dynamoDbTable(options, "authorities");
  return {
    read: async () => {
      const item = await table.read(ID);
      return item === undefined ? undefined : bundleOf(item);
    },

    reserve: async (authorityId, tbsCertificate) => {
      const id = `reserved/${authorityId}`;
      const item = { id: text(id), tbsCertificate: bytes(tbsCertificate) };
      if (await table.put(item, { condition: "attribute_not_exists(#id)" })) return tbsCertificate;
      return bytesOf((await table.read(id)) ?? unreadable(id, "item"), "tbsCertificate");
    },

    write: ({ sequence, authorities }) =>
      table.put(
        { id: text(ID), sequence: number(sequence), authorities: { L: authorities.map(authorityAttribute) } },
        sequence === 1
          ? { condition: "attribute_not_exists(#id)" }
          : { condition: "#sequence = :previous", values: { ":previous": number(sequence - 1) } },
      ),
  };
}

function bundleOf(item: Item): TrustBundle {
  const authorities = item["authorities"]?.L ?? unreadable("authorities", "list");
  return {
    sequence: numberOf(item, "sequence"),
    authorities: authorities.map(({ M }) => authorityOf(M ?? unreadable("authorities", "list of maps"))),
  };
}

function authorityAttribute(authority: Authority): AttributeValue {
  const { id, role, state, stateSince, certificate, keyArn, sinceSequence } = authority;
  return map({
    id: text(id),
    role: text(role),
    state: text(state),
    stateSince: optional(stateSince, time),
    certificate: bytes(certificate),
    keyArn: text(keyArn),
    sinceSequence: optional(sinceSequence, number),
  });
}

function authorityOf(item: Item): Authority {
  const sinceSequence = optionalOf(item, "sinceSequence", numberOf);
  return {
    id: textOf(item, "id"),
    role: oneOf(item, "role", ROLES),
    state: oneOf(item, "state", STATES),
    ...(item["stateSince"] === undefined ? {} : { stateSince: timeOf(item, "stateSince") }),
    certificate: bytesOf(item, "certificate"),
    keyArn: textOf(item, "keyArn"),
    ...(sinceSequence === undefined ? {} : { sinceSequence }),
  };
}

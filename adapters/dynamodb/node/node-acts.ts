import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Confirmation, Succession } from "../../../core/ledger/node-act.ts";
import { itemOf, number, optional, text, time } from "../attribute.ts";
import { lateShard, slotAttribute } from "./node-item.ts";
import type { Change } from "../table.ts";

/** The acts of `core/ledger/node-act.ts` as conditional updates: nothing is read first, and members they do not name stay. */

const ONE = { ":one": number(1) };
const FALSE: AttributeValue = { BOOL: false };

const usable = (slot: string): string =>
  `#${slot}.#serialNumber = :serialNumber AND #${slot}.#isRevoked = :false AND #${slot}.#notAfter >= :at`;

export function succeedChange({ key, presentedSerialNumber, candidate, agent }: Succession): Change {
  const attributes: Readonly<Record<string, AttributeValue | undefined>> = {
    ...lateShard(key),
    candidate: slotAttribute(candidate),
    lastSeenAt: time(candidate.at),
    // A report is written whole: what it leaves out is not kept from the one before.
    ...(agent === undefined
      ? {}
      : {
          agentVersion: optional(agent.version, text),
          trustBundleSequence: optional(agent.trustBundleSequence, number),
        }),
  };
  const set = Object.entries(itemOf(attributes));
  const gone = ["releasedAt", ...Object.keys(attributes).filter((name) => attributes[name] === undefined)];
  return {
    update:
      `SET #version = #version + :one, #generation = #generation + :one, ` +
      `${set.map(([name]) => `#${name} = :${name}`).join(", ")} REMOVE ${gone.map((name) => `#${name}`).join(", ")}`,
    condition:
      `${usable("anchor")} AND attribute_not_exists(#candidate) AND attribute_not_exists(#toVoid) ` +
      `AND attribute_not_exists(#revocation) AND attribute_not_exists(#recoveryAllowance) ` +
      `AND (attribute_not_exists(#lastRecovery) OR #lastRecovery.#count = :zero)`,
    values: {
      ...ONE,
      ":zero": number(0),
      ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
      ":serialNumber": text(presentedSerialNumber),
      ":false": FALSE,
      ":at": time(candidate.at),
    },
  };
}

export function confirmChange({ key, intentName, serialNumber, at }: Confirmation): Change {
  const shard = Object.entries(lateShard(key));
  const assignments = shard.map(([name]) => `, #${name} = :${name}`).join("");
  return {
    update: `SET #version = #version + :one, #anchor = #candidate, #lastSeenAt = :at${assignments} REMOVE #candidate`,
    condition:
      `${usable("candidate")} AND attribute_not_exists(#revocation)` +
      (intentName === undefined ? "" : " AND #candidate.#intentName = :intentName"),
    values: {
      ...ONE,
      ":serialNumber": text(serialNumber),
      ...(intentName === undefined ? {} : { ":intentName": text(intentName) }),
      ...Object.fromEntries(shard.map(([name, value]) => [`:${name}`, value])),
      ":false": FALSE,
      ":at": time(at),
    },
  };
}

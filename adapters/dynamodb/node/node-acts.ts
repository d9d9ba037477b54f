import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { AgentReport } from "../../../core/ledger/node-record.ts";
import type { Confirmation, Report, Succession } from "../../../core/ledger/node-act.ts";
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
    ...agentAttributes(agent),
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

/** A report is written whole: what it leaves out is not kept from the one before. */
function agentAttributes(agent: AgentReport | undefined): Readonly<Record<string, AttributeValue | undefined>> {
  if (agent === undefined) return {};
  return {
    agentVersion: optional(agent.version, text),
    trustBundleSequence: optional(agent.trustBundleSequence, number),
  };
}

export function confirmChange({ key, intentName, serialNumber, at, agent }: Confirmation): Change {
  const said = { ...lateShard(key), ...agentAttributes(agent) };
  const set = Object.entries(itemOf(said));
  const assignments = set.map(([name]) => `, #${name} = :${name}`).join("");
  const gone = ["candidate", ...Object.keys(said).filter((name) => said[name] === undefined)];
  return {
    update:
      `SET #version = #version + :one, #anchor = #candidate, #lastSeenAt = :at${assignments} ` +
      `REMOVE ${gone.map((name) => `#${name}`).join(", ")}`,
    condition:
      `${usable("candidate")} AND attribute_not_exists(#revocation)` +
      (intentName === undefined ? "" : " AND #candidate.#intentName = :intentName"),
    values: {
      ...ONE,
      ":serialNumber": text(serialNumber),
      ...(intentName === undefined ? {} : { ":intentName": text(intentName) }),
      ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
      ":false": FALSE,
      ":at": time(at),
    },
  };
}

export function reportChange({ serialNumber, at, agent }: Report): Change {
  const said = agentAttributes(agent);
  const set = Object.entries(itemOf(said));
  const gone = Object.keys(said).filter((name) => said[name] === undefined);
  return {
    update:
      `SET #version = #version + :one, #lastSeenAt = :at${set.map(([name]) => `, #${name} = :${name}`).join("")}` +
      (gone.length === 0 ? "" : ` REMOVE ${gone.map((name) => `#${name}`).join(", ")}`),
    condition: `${usable("anchor")} AND attribute_not_exists(#revocation)`,
    values: {
      ...ONE,
      ":serialNumber": text(serialNumber),
      ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
      ":false": FALSE,
      ":at": time(at),
    },
  };
}

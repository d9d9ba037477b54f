import { crc32 } from "node:zlib";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  isListed,
  SIGNER_SEPARATOR,
  type AgentReport,
  type LastDisplacement,
  type LastRecovery,
  type NodeAdmission,
  type NodeRecord,
  type NodeSlot,
  type RecoveryAllowance,
  type RefusedUse,
  type RenewalRequest,
  type SupersededUse,
  type UnknownUse,
} from "../../../core/ledger/node-record.ts";
import { isSerialNumber, type SerialNumber } from "../../../core/certificate/serial-number.ts";
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
  texts,
  textsOf,
  time,
  timeOf,
  unreadable,
  type Item,
} from "../attribute.ts";
import { revocationAttribute, revocationOf } from "../issuance/revocation-attribute.ts";

/** A fleet that boots writes its names into the index at once: four partitions take 4,000 a second. */
export const NODE_SHARDS = ["0", "1", "2", "3"] as const;

const KINDS = ["enrolment", "renewal"] as const;

/**
 * The attributes are named as in `NodeRecord`. `shard` is set with the first certificate (or the first use of one that is not on record), and never changes: the index is
 * written once in a record's life. The first release set it for the kubelet's client certificates only (`lateShard`).
 */
export function nodeItem(node: NodeRecord): Item {
  return itemOf({
    key: text(node.key),
    shard: isListed(node) ? text(shardOf(node.key)) : undefined,
    nodeName: text(node.nodeName),
    signerName: text(node.signerName),
    version: number(node.version),
    generation: number(node.generation),
    anchor: optional(node.anchor, slotAttribute),
    candidate: optional(node.candidate, slotAttribute),
    toVoid: texts(node.toVoid),
    revocation: optional(node.revocation, revocationAttribute),
    releasedAt: optional(node.releasedAt, time),
    lastSeenAt: optional(node.lastSeenAt, time),
    agentVersion: optional(node.agent?.version, text),
    trustBundleSequence: optional(node.agent?.trustBundleSequence, number),
    lastRecovery: optional(node.lastRecovery, lastRecoveryAttribute),
    lastDisplacement: optional(node.lastDisplacement, lastDisplacementAttribute),
    recoveryAllowance: optional(node.recoveryAllowance, recoveryAllowanceAttribute),
    renewalRequest: optional(node.renewalRequest, renewalRequestAttribute),
    supersededUse: optional(node.supersededUse, supersededUseAttribute),
    revokedUse: optional(node.revokedUse, ({ at, count }) => map({ at: time(at), count: number(count) })),
    unknownUse: optional(node.unknownUse, unknownUseAttribute),
    admission: optional(node.admission, admissionAttribute),
    principal: optional(node.principal, text),
  });
}

/** @throws Error when the item is none of ours */
export function nodeOf(item: Item): NodeRecord {
  return {
    key: textOf(item, "key"),
    nodeName: textOf(item, "nodeName"),
    signerName: textOf(item, "signerName"),
    version: numberOf(item, "version"),
    generation: numberOf(item, "generation"),
    anchor: optionalOf(item, "anchor", slotOf),
    candidate: optionalOf(item, "candidate", slotOf),
    toVoid: textsOf(item, "toVoid"),
    revocation: optionalOf(item, "revocation", revocationOf),
    releasedAt: optionalOf(item, "releasedAt", timeOf),
    lastSeenAt: optionalOf(item, "lastSeenAt", timeOf),
    agent: agentOf(item),
    lastRecovery: optionalOf(item, "lastRecovery", lastRecoveryOf),
    lastDisplacement: optionalOf(item, "lastDisplacement", lastDisplacementOf),
    recoveryAllowance: optionalOf(item, "recoveryAllowance", recoveryAllowanceOf),
    renewalRequest: optionalOf(item, "renewalRequest", renewalRequestOf),
    supersededUse: optionalOf(item, "supersededUse", supersededUseOf),
    ...(item["revokedUse"] === undefined ? {} : { revokedUse: refusedUseOf(mapOf(item, "revokedUse")) }),
    unknownUse: optionalOf(item, "unknownUse", unknownUseOf),
    admission: optionalOf(item, "admission", admissionOf),
    ...(item["principal"] === undefined ? {} : { principal: textOf(item, "principal") }),
  };
}

function agentOf(item: Item): AgentReport | undefined {
  const version = optionalOf(item, "agentVersion", textOf);
  const trustBundleSequence = optionalOf(item, "trustBundleSequence", numberOf);
  return version === undefined && trustBundleSequence === undefined ? undefined : { version, trustBundleSequence };
}

function shardOf(key: string): string {
  return String(crc32(key) % NODE_SHARDS.length);
}

/** What an update that writes no whole item sets besides, so that a record of the first release comes to be listed. */
export function lateShard(key: string): Item {
  return key.includes(SIGNER_SEPARATOR) ? { shard: text(shardOf(key)) } : {};
}

/** A slot as it is stored in `anchor` or `candidate`. */
export function slotAttribute(slot: NodeSlot): AttributeValue {
  return map({
    intentName: text(slot.intentName),
    serialNumber: text(slot.serialNumber),
    notAfter: time(slot.notAfter),
    at: time(slot.at),
    kind: text(slot.kind),
    tokenId: optional(slot.tokenId, text),
    isRevoked: { BOOL: slot.isRevoked },
  });
}

function slotOf(item: Item, name: string): NodeSlot {
  const slot = mapOf(item, name);
  return {
    intentName: textOf(slot, "intentName"),
    serialNumber: serialNumberOf(slot, "serialNumber"),
    notAfter: timeOf(slot, "notAfter"),
    at: timeOf(slot, "at"),
    kind: oneOf(slot, "kind", KINDS),
    tokenId: optionalOf(slot, "tokenId", textOf),
    isRevoked: slot["isRevoked"]?.BOOL ?? unreadable("isRevoked", "boolean"),
  };
}

function serialNumberOf(item: Item, name: string): SerialNumber {
  const digits = textOf(item, name);
  return isSerialNumber(digits) ? digits : unreadable(name, "serial number");
}

function lastRecoveryAttribute({ count, at, intentName }: LastRecovery): AttributeValue {
  return map({ count: number(count), at: time(at), intentName: text(intentName) });
}

function lastRecoveryOf(item: Item, name: string): LastRecovery {
  const recovery = mapOf(item, name);
  return {
    count: numberOf(recovery, "count"),
    at: timeOf(recovery, "at"),
    intentName: textOf(recovery, "intentName"),
  };
}

function lastDisplacementAttribute({ count, at }: LastDisplacement): AttributeValue {
  return map({ count: number(count), at: time(at) });
}

function lastDisplacementOf(item: Item, name: string): LastDisplacement {
  const displacement = mapOf(item, name);
  return { count: numberOf(displacement, "count"), at: timeOf(displacement, "at") };
}

function recoveryAllowanceAttribute({ until, recoveries, by }: RecoveryAllowance): AttributeValue {
  return map({ until: time(until), recoveries: number(recoveries), by: text(by) });
}

function recoveryAllowanceOf(item: Item, name: string): RecoveryAllowance {
  const allowance = mapOf(item, name);
  return {
    until: timeOf(allowance, "until"),
    recoveries: numberOf(allowance, "recoveries"),
    by: textOf(allowance, "by"),
  };
}

function renewalRequestAttribute({ at, until, by }: RenewalRequest): AttributeValue {
  return map({ at: time(at), until: time(until), by: text(by) });
}

function renewalRequestOf(item: Item, name: string): RenewalRequest {
  const request = mapOf(item, name);
  return { at: timeOf(request, "at"), until: timeOf(request, "until"), by: textOf(request, "by") };
}

function supersededUseAttribute({ serialNumber, at, count }: SupersededUse): AttributeValue {
  return map({ serialNumber: text(serialNumber), at: time(at), count: number(count) });
}

function supersededUseOf(item: Item, name: string): SupersededUse {
  const use = mapOf(item, name);
  return { serialNumber: serialNumberOf(use, "serialNumber"), ...refusedUseOf(use) };
}

function refusedUseOf(use: Item): RefusedUse {
  return { at: timeOf(use, "at"), count: numberOf(use, "count") };
}

function unknownUseAttribute({ serialNumber, at }: UnknownUse): AttributeValue {
  return map({ serialNumber: text(serialNumber), at: time(at) });
}

function unknownUseOf(item: Item, name: string): UnknownUse {
  const use = mapOf(item, name);
  return { serialNumber: serialNumberOf(use, "serialNumber"), at: timeOf(use, "at") };
}

function admissionAttribute({ serialNumber, at, by }: NodeAdmission): AttributeValue {
  return map({ serialNumber: text(serialNumber), at: time(at), by: text(by) });
}

function admissionOf(item: Item, name: string): NodeAdmission {
  const admission = mapOf(item, name);
  return {
    serialNumber: serialNumberOf(admission, "serialNumber"),
    at: timeOf(admission, "at"),
    by: textOf(admission, "by"),
  };
}

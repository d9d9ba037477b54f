import { deflateRawSync, inflateRawSync } from "node:zlib";
import { BOOTSTRAP_USERNAME_PREFIX } from "../../../core/token/bootstrap-token.ts";
import type { Der } from "../../../core/asn1/der.ts";
import {
  KEPT_AFTER_EXPIRY_DAYS,
  type ApprovalDecision,
  type Completion,
  type IssuanceRecord,
  type Reservation,
  type SigningObstacle,
} from "../../../core/ledger/issuance-record.ts";
import { isRefusalCode } from "../../../core/refusal.ts";
import { NODE_USERNAME_PREFIX } from "../../../core/certificate/node-name.ts";
import { isSerialNumber, serialNumberOctets, type SerialNumber } from "../../../core/certificate/serial-number.ts";
import type { VoidRecord } from "../../../core/ledger/void-intent.ts";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  bytes,
  bytesOf,
  itemOf,
  map,
  mapOf,
  number,
  numberOf,
  oneOf,
  optional,
  optionalOf,
  seconds,
  text,
  textOf,
  texts,
  textsOf,
  time,
  timeOf,
  unreadable,
  type Item,
} from "../attribute.ts";
import { changeAttributes } from "./change-list.ts";
import { expiryPartition } from "./expiry-partition.ts";
import { metadataAttribute, metadataOf } from "./metadata-attribute.ts";
import { askedAttributes, placeAtReservation, tokenIdOf } from "./owned-list.ts";
import { revocationOf } from "./revocation-attribute.ts";
import { decodeText, encodeText } from "./well-known-text.ts";

/**
 * A write costs one unit for each kilobyte, names included, so the attributes' names are short:
 *
 * | attribute | member of `IssuanceRecord` | set by |
 * | --- | --- | --- |
 * | `name` | name | |
 * | `u` `c` | uid (a UUID as 16 octets), createdAt | whoever is first |
 * | `us` `g` `t` | username (`~node`, `~token`: after the node's name, `t`), groups, tokenId (partition of byToken; see `owned-list.ts`) | |
 * | `s` `k` `l` | signerName, usages, lifetimeSeconds | |
 * | `n` or `nn`, `p` | nodeName (`n`: partition of byNode; `nn` while `ra` would put it there unsigned), policyVersion | |
 * | `q` or `z` | csr; from the reservation on compressed, with `b` as dictionary: they share key and names | |
 * | `d` {`o` `b` `r` `m` `at` `x`} | decision: outcome, by, reason, message, at, mayReplace | createPending, decide, reserve |
 * | `w` | `waiting` while the request waits, `decided` when an administrator approved it and it is signed (partition of waiting) | createPending of the undecided; complete; gone at void, revoke of what waits |
 * | `ob` {`c` `m` `at`} | obstacle: code, message, at | noteObstacle; gone at complete |
 * | `sn` `b` `i` `a` | reservation: serialNumber (octets), tbsCertificate, issuerId, attempts | reserve |
 * | `nb` `na` `rw` | reservation: notBefore, notAfter, renewAfter | reserve |
 * | `ix` {`ra` `x` `d`} | what complete makes of it: `ra`, `x`, `deleteAt` | reserve; gone at complete |
 * | `ra` | reservation: at (sorts byNode, byToken); createdAt of what waits and of objects, which have `rs` then | createPending; complete |
 * | `rs` | reservation: at, of an object | reserve |
 * | `x` | day of expiry and shard (partition of byExpiry, sorted by `sn`) | complete |
 * | `sg` `ca` `kr` | completion: signature, at, requestId (a UUID as 16 octets) | complete |
 * | `v` `rv` | voidedAt, revocation | void, abandon, createVoid, revoke |
 * | `rt` | the first of the two (in the index revoked, of the partition `i`) | void, abandon, revoke |
 * | `o` `h` | last change of what Kubernetes' API made: day and shard (partition of byChange), time (its order) | every act but reserve |
 * | `m` {`l` `a` `at`} | metadata: labels, annotations, at | createPending, annotate |
 * | `ku` | isUseKept | createPending, reserve |
 * | `rm` `su` | removedAt, successor | remove, succeed |
 * | `deleteAt` | when the cleaner may have it | createPending, reserve, countAttempt, complete, voidUnsigned, abandon |
 *
 * What was reserved and never signed is in no list, and goes after two days: each renewal that is refused leaves such a
 * record. Items of earlier versions have `ra` and `x` from reserve on.
 */
export type IssuanceItem = Item;

/** The values of `w`. */
export const WAITING = "waiting";
export const DECIDED = "decided";

const DAY_MILLISECONDS = 24 * 3600 * 1000;
const KEPT_WAITING_DAYS = 8;
/** As long as any object can be seen (`retention.ts`). */
const KEPT_UNSIGNED_DAYS = 2;

/** What `createPending` writes. */
export function pendingItem(record: IssuanceRecord): IssuanceItem {
  return itemOf({
    ...requestAttributes(record),
    n: undefined,
    ...askedAttributes(record),
    name: text(record.name),
    q: bytes(record.csr),
    // What policy approved by itself waits for nobody, and a herd would meet in this one partition.
    w: record.decision === undefined ? text(WAITING) : undefined,
    ...changeAttributes(record.name, record.createdAt),
    m: optional(record.metadata, metadataAttribute),
    deleteAt: seconds(later(record.createdAt, KEPT_WAITING_DAYS)),
  });
}

/** What `createVoid` writes, the key aside: in no list, and swept like a request nobody approved. */
export function voidAttributes(record: VoidRecord): IssuanceItem {
  return itemOf({
    ...requestAttributes(record),
    q: bytes(record.csr),
    v: time(record.voidedAt),
    deleteAt: seconds(later(record.voidedAt, KEPT_WAITING_DAYS)),
  });
}

/** What `reserve` writes, the key aside. */
export function reservedAttributes(record: IssuanceRecord, reservation: Reservation): IssuanceItem {
  const { serialNumber, tbsCertificate, notBefore, notAfter, renewAfter } = reservation;
  return itemOf({
    ...requestAttributes(record),
    n: undefined,
    ...placeAtReservation(record, reservation.at).attributes,
    z: bytes(deflateRawSync(record.csr, { dictionary: tbsCertificate })),
    sn: bytes(serialNumberOctets(serialNumber)),
    b: bytes(tbsCertificate),
    i: text(reservation.issuerId),
    a: number(reservation.attempts),
    nb: time(notBefore),
    na: time(notAfter),
    rw: optional(renewAfter, time),
    ix: map({
      ra: time(reservation.at),
      x: text(expiryPartition(notAfter, serialNumber)),
      d: seconds(later(notAfter, KEPT_AFTER_EXPIRY_DAYS)),
    }),
    deleteAt: seconds(keptUnsigned(record.createdAt, reservation.at)),
  });
}

/** One that waited is kept as long as it was going to be; none goes while it is being signed. */
function keptUnsigned(createdAt: Date, reservedAt: Date): Date {
  const reserved = later(reservedAt, KEPT_UNSIGNED_DAYS);
  const waited = createdAt < reservedAt ? later(createdAt, KEPT_WAITING_DAYS) : reserved;
  return waited > reserved ? waited : reserved;
}

/**
 * When the cleaner may have, at the earliest, what an attempt is about to sign or what was voided just now: as long as a
 * request that waits is kept. An attempt that runs meanwhile must find it.
 */
export function unsignedUntil(attemptedAt: Date): AttributeValue {
  return seconds(later(attemptedAt, KEPT_WAITING_DAYS));
}

function requestAttributes(record: IssuanceRecord) {
  return {
    u: uuidAttribute(record.uid),
    c: time(record.createdAt),
    us: text(encodeUsername(record)),
    g: texts(record.groups.map(encodeText)),
    t: optional(record.tokenId, text),
    s: text(encodeText(record.signerName)),
    k: texts(record.usages.map(encodeText)),
    l: optional(record.lifetimeSeconds, number),
    n: text(record.nodeName),
    p: text(record.policyVersion),
    d: optional(record.decision, decisionAttribute),
    ku: optional(record.isUseKept, () => number(1)),
  };
}

/** @throws Error when the item is none of ours */
export function issuanceOf(item: IssuanceItem): IssuanceRecord {
  const reservation = item["sn"] === undefined ? undefined : reservationOf(item);
  return {
    name: textOf(item, "name"),
    uid: uuidOf(item, "u"),
    createdAt: timeOf(item, "c"),
    username: usernameOf(item),
    groups: textsOf(item, "g").map(decodeText),
    tokenId: tokenIdOf(item),
    signerName: decodeText(textOf(item, "s")),
    usages: textsOf(item, "k").map(decodeText),
    lifetimeSeconds: optionalOf(item, "l", numberOf),
    nodeName: nodeNameOf(item),
    csr: csrOf(item, reservation),
    policyVersion: textOf(item, "p"),
    ...(item["d"] === undefined ? {} : { decision: decisionOf(item) }),
    ...(item["ob"] === undefined || item["sg"] !== undefined ? {} : { obstacle: obstacleOf(item) }),
    ...(reservation === undefined ? {} : { reservation }),
    ...(item["sg"] === undefined ? {} : { completion: completionOf(item) }),
    ...(item["v"] === undefined ? {} : { voidedAt: timeOf(item, "v") }),
    ...(item["rv"] === undefined ? {} : { revocation: revocationOf(item, "rv") }),
    ...(item["rm"] === undefined ? {} : { removedAt: timeOf(item, "rm") }),
    ...(item["su"] === undefined ? {} : { successor: textOf(item, "su") }),
    ...(item["m"] === undefined ? {} : { metadata: metadataOf(item) }),
    ...(item["ku"] === undefined ? {} : { isUseKept: true }),
  };
}

const NODE_USERNAME = "~node";
const TOKEN_USERNAME = "~token";

/** A node that renews and a token that enrols are called after what is stored besides. */
function encodeUsername({ username, nodeName, tokenId }: IssuanceRecord): string {
  if (username === NODE_USERNAME_PREFIX + nodeName) return NODE_USERNAME;
  if (tokenId !== undefined && username === BOOTSTRAP_USERNAME_PREFIX + tokenId) return TOKEN_USERNAME;
  return encodeText(username);
}

function usernameOf(item: IssuanceItem): string {
  const stored = textOf(item, "us");
  if (stored === NODE_USERNAME) return NODE_USERNAME_PREFIX + nodeNameOf(item);
  return stored === TOKEN_USERNAME ? BOOTSTRAP_USERNAME_PREFIX + textOf(item, "t") : decodeText(stored);
}

function nodeNameOf(item: IssuanceItem): string {
  return optionalOf(item, "nn", textOf) ?? textOf(item, "n");
}

function csrOf(item: IssuanceItem, reservation: Reservation | undefined): Der {
  if (reservation === undefined) return bytesOf(item, "q");
  return Uint8Array.from(inflateRawSync(bytesOf(item, "z"), { dictionary: reservation.tbsCertificate }));
}

function reservationOf(item: IssuanceItem): Reservation {
  return {
    serialNumber: serialNumberOf(item),
    tbsCertificate: bytesOf(item, "b"),
    issuerId: textOf(item, "i"),
    attempts: numberOf(item, "a"),
    at: reservedAt(item),
    notBefore: timeOf(item, "nb"),
    notAfter: timeOf(item, "na"),
    ...(item["rw"] === undefined ? {} : { renewAfter: timeOf(item, "rw") }),
  };
}

function completionOf(item: IssuanceItem): Completion {
  return {
    signature: bytesOf(item, "sg"),
    at: timeOf(item, "ca"),
    ...(item["kr"] === undefined ? {} : { requestId: uuidOf(item, "kr") }),
  };
}

function reservedAt(item: IssuanceItem): Date {
  if (item["rs"] !== undefined) return timeOf(item, "rs");
  return item["ix"] === undefined ? timeOf(item, "ra") : timeOf(mapOf(item, "ix"), "ra");
}

/** Of an item or of an entry of byExpiry. */
export function serialNumberOf(item: IssuanceItem): SerialNumber {
  const digits = Buffer.from(bytesOf(item, "sn")).toString("hex");
  return isSerialNumber(digits) ? digits : unreadable("sn", "serial number");
}

export function decisionAttribute({ outcome, by, reason, message, at, mayReplace }: ApprovalDecision): AttributeValue {
  return map({
    o: text(outcome),
    b: text(by),
    r: text(encodeText(reason)),
    m: message === "" ? undefined : text(message),
    at: time(at),
    x: mayReplace === true ? { BOOL: true } : undefined,
  });
}

export function obstacleAttribute({ code, message, at }: SigningObstacle): AttributeValue {
  return map({ c: text(code), m: text(message), at: time(at) });
}

function obstacleOf(item: IssuanceItem): SigningObstacle {
  const obstacle = mapOf(item, "ob");
  const code = textOf(obstacle, "c");
  return {
    code: isRefusalCode(code) ? code : unreadable("c", "refusal code"),
    message: textOf(obstacle, "m"),
    at: timeOf(obstacle, "at"),
  };
}

function decisionOf(item: IssuanceItem): ApprovalDecision {
  const decision = mapOf(item, "d");
  return {
    outcome: oneOf(decision, "o", ["Approved", "Denied"]),
    by: textOf(decision, "b"),
    reason: decodeText(textOf(decision, "r")),
    message: optionalOf(decision, "m", textOf) ?? "",
    at: timeOf(decision, "at"),
    ...(decision["x"]?.BOOL === true ? { mayReplace: true } : {}),
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What is none stays a text. */
export function uuidAttribute(uuid: string): AttributeValue {
  return UUID.test(uuid) ? bytes(Buffer.from(uuid.replaceAll("-", ""), "hex")) : text(uuid);
}

function uuidOf(item: IssuanceItem, attribute: "u" | "kr"): string {
  const given = item[attribute]?.S;
  if (given !== undefined) return given;
  const digits = Buffer.from(bytesOf(item, attribute)).toString("hex");
  if (digits.length !== 32) return unreadable(attribute, "UUID");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function later(at: Date, days: number): Date {
  return new Date(at.getTime() + days * DAY_MILLISECONDS);
}

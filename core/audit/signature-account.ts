import type { SigningEvent } from "./signing-event.ts";

/** A signature that the service has on record. */
export interface RecordedSignature {
  /** To name it by: `certificate 4f8a…`. */
  readonly name: string;
  readonly kind: string;
  readonly keyArn: string;
  /** Undefined where no answer of the key service was kept. */
  readonly requestId: string | undefined;
  /** How often the key may have signed it. */
  readonly attempts: number;
  readonly beganAt: Date;
  /** Undefined: never stored. */
  readonly storedAt: Date | undefined;
}

export interface Period {
  readonly from: Date;
  readonly until: Date;
}

export interface SignatureAccount {
  /** Matched by the request's id, by kind. */
  readonly matched: ReadonlyMap<string, number>;
  /** Matched by key and time: attempts whose answer was lost, and signatures from before ids were kept. */
  readonly retries: number;
  /** Requests that the key service refused: nothing was signed. */
  readonly refused: number;
  /** Signed by the key, and by nothing that is on record. */
  readonly unaccounted: readonly SigningEvent[];
  /** On record as signed, and not in the log. */
  readonly missing: readonly RecordedSignature[];
}

/** KMS' clock, ours, and a call that ran into its time limit. */
const TOLERANCE_MS = 60_000;
/** For how long an attempt that was never finished may be tried again: its record is kept so long. */
const UNFINISHED_MS = 8 * 24 * 3600 * 1000;

interface Opening {
  readonly keyArn: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Undefined: it may never have reached the key. */
  readonly signature: RecordedSignature | undefined;
}

/**
 * Matches what the keys signed, as CloudTrail tells it, with what is on record: each event with one signature, each
 * signature with one event. CloudTrail says nothing of the message, so the request's id is what tells them apart.
 *
 * @param events of the service's keys alone, each once
 * @param period what the log covers: a signature outside of it is not missed
 */
export function accountForSignatures(
  events: readonly SigningEvent[],
  signatures: Iterable<RecordedSignature>,
  period: Period,
): SignatureAccount {
  const signed = events.filter(({ errorCode }) => errorCode === undefined);
  const open = new Map(signed.map((event) => [`${event.keyArn} ${event.requestId}`, event]));
  const matched = new Map<string, number>();
  const missing: RecordedSignature[] = [];
  const openings: Opening[] = [];
  for (const signature of signatures) {
    const { kind, keyArn, requestId, attempts } = signature;
    if (requestId !== undefined) {
      if (open.delete(`${keyArn} ${requestId}`)) matched.set(kind, (matched.get(kind) ?? 0) + 1);
      else if (isCovered(signature, period)) missing.push(signature);
    }
    const unanswered = requestId === undefined ? attempts : attempts - 1;
    for (let attempt = 0; attempt < unanswered; attempt++)
      openings.push(openingOf(signature, requestId === undefined && attempt === 0));
  }
  const { left, retries, unmet } = matchByTime([...open.values()], openings);
  const missed = unmet.filter((signature) => isCovered(signature, period));
  return {
    matched,
    retries,
    refused: events.length - signed.length,
    unaccounted: left,
    missing: [...missing, ...missed],
  };
}

/** Stored, so it was signed; and at a time that the log is about. */
function isCovered({ beganAt, storedAt }: RecordedSignature, { from, until }: Period): boolean {
  return storedAt !== undefined && beganAt >= from && storedAt <= until;
}

function openingOf(signature: RecordedSignature, isFirst: boolean): Opening {
  const { keyArn, beganAt, storedAt } = signature;
  const end = storedAt?.getTime() ?? beganAt.getTime() + UNFINISHED_MS;
  return {
    keyArn,
    fromMs: beganAt.getTime() - TOLERANCE_MS,
    untilMs: end + TOLERANCE_MS,
    signature: isFirst && storedAt !== undefined ? signature : undefined,
  };
}

/** Each event with the opening that closes first: what is left then could be matched by no other order. */
function matchByTime(events: readonly SigningEvent[], openings: readonly Opening[]) {
  const waiting = openings.toSorted((one, other) => one.fromMs - other.fromMs);
  const byKey = new Map<string, Opening[]>();
  const left: SigningEvent[] = [];
  const met = new Set<Opening>();
  let next = 0;
  for (const event of events.toSorted((one, other) => one.at.getTime() - other.at.getTime())) {
    const atMs = event.at.getTime();
    for (let one = waiting[next]; one !== undefined && one.fromMs <= atMs; one = waiting[++next])
      byKey.set(one.keyArn, [...(byKey.get(one.keyArn) ?? []), one]);
    const possible = (byKey.get(event.keyArn) ?? []).filter(({ untilMs }) => untilMs >= atMs);
    const chosen = possible.toSorted((one, other) => one.untilMs - other.untilMs)[0];
    byKey.set(
      event.keyArn,
      possible.filter((one) => one !== chosen),
    );
    if (chosen === undefined) left.push(event);
    else met.add(chosen);
  }
  const unmet = openings.flatMap((one) => (one.signature === undefined || met.has(one) ? [] : [one.signature]));
  return { left, retries: met.size, unmet };
}

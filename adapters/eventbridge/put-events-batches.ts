/** The most entries in one call (EventBridge quotas). */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1024;

/** One entry of PutEvents, with AWS' member names. */
export interface PutEventsEntry {
  readonly Source: string;
  readonly DetailType: string;
  /** JSON. */
  readonly Detail: string;
  readonly EventBusName: string;
  /** Seconds since 1970. */
  readonly Time: number;
}

/** As EventBridge counts: 14 bytes for the time, and the UTF-8 octets of source, type and detail. */
export function entryBytes({ Source, DetailType, Detail }: PutEventsEntry): number {
  return 14 + Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);
}

/** Whether an entry is too large for any call. */
export function isTooLarge(entry: PutEventsEntry): boolean {
  return entryBytes(entry) >= MAX_BYTES;
}

/** Splits entries, in order, into as few calls as the quotas allow. */
export function putEventsBatches(entries: readonly PutEventsEntry[]): PutEventsEntry[][] {
  const batches: PutEventsEntry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    const own = entryBytes(entry);
    const last = batches.at(-1);
    if (last === undefined || last.length === MAX_ENTRIES || bytes + own >= MAX_BYTES) {
      batches.push([entry]);
      bytes = own;
    } else {
      last.push(entry);
      bytes += own;
    }
  }
  return batches;
}

import { isComplete } from "../../core/ledger/issuance-record.ts";
import type { NodeRecord, NodeSlot } from "../../core/ledger/node-record.ts";
import type { Outside } from "./intercepted-services.ts";

/** The shipped policy's limits, said again: what judges must not ask the judged. */
const WINDOW_MILLISECONDS = 30 * 24 * 3600 * 1000;
const MOST_IN_A_ROW = 3;
const FIRST_PAUSE_MILLISECONDS = 60_000;

interface Row {
  readonly count: number;
  readonly at: number;
}

/** What the end of certificates changes: counts for itself how each node recovers, from the claims that are truly written. */
export class RecoveryAuditor {
  readonly #ledger: Outside["ledger"];
  readonly #rows = new Map<string, Row>();
  /** How many are left of an operator's override, by node and by when it ends. */
  readonly #words = new Map<string, number>();
  readonly #claimed = new Set<string>();

  constructor(ledger: Outside["ledger"]) {
    this.#ledger = ledger;
  }

  /**
   * @param presentedBy the intent whose certificate an intent was asked for with
   * @param names of every record there may be of this node, but those of a name that was released since
   * @returns what must never be
   */
  async violations(
    before: NodeRecord,
    after: NodeRecord,
    presentedBy: (intentName: string) => string | undefined,
    names: readonly string[],
  ): Promise<string[]> {
    this.#hear(before, after);
    const { candidate } = after;
    if (candidate === undefined || this.#claimed.has(candidate.intentName)) return [];
    this.#claimed.add(candidate.intentName);
    const presented = presentedBy(candidate.intentName);
    const record = presented === undefined ? undefined : await this.#ledger.read(presented);
    const endedAt = record?.reservation?.notAfter.getTime();
    if (record === undefined || endedAt === undefined) {
      const isByToken = presented === undefined;
      return isByToken && isLive(before.anchor, candidate.at) ? ["a token took a live name"] : [];
    }
    if (candidate.at.getTime() <= endedAt) {
      this.#rows.delete(after.key);
      return [];
    }
    const newer = await this.#newerThan(record.name, names, after);
    return [
      ...this.#broken(before, candidate, endedAt),
      ...(newer ? ["a certificate recovered that was not the latest"] : []),
    ];
  }

  /** An operator's override begins the count anew. */
  #hear({ recoveryAllowance: old }: NodeRecord, { key, recoveryAllowance: word }: NodeRecord): void {
    if (word === undefined || (old?.until.getTime() === word.until.getTime() && word.recoveries <= old.recoveries))
      return;
    this.#words.set(`${key} ${word.until.getTime()}`, word.recoveries);
    this.#rows.delete(key);
  }

  #broken({ key, recoveryAllowance: word }: NodeRecord, { at: claimedAt }: NodeSlot, endedAt: number): string[] {
    const at = claimedAt.getTime();
    const row = this.#rows.get(key) ?? { count: 0, at: 0 };
    this.#rows.set(key, { count: row.count + 1, at });
    const broken: string[] = [];
    if (row.count > 0 && at - row.at < FIRST_PAUSE_MILLISECONDS * 2 ** (row.count - 1))
      broken.push("recovered too soon");
    if (word !== undefined && at <= word.until.getTime()) {
      const left = (this.#words.get(`${key} ${word.until.getTime()}`) ?? 0) - 1;
      this.#words.set(`${key} ${word.until.getTime()}`, left);
      return left < 0 ? [...broken, "recovered more often than an operator allowed"] : broken;
    }
    if (at - endedAt > WINDOW_MILLISECONDS) broken.push("recovered outside the window");
    if (row.count >= MOST_IN_A_ROW) broken.push("recovered too often in a row");
    return broken;
  }

  async #newerThan(presented: string, names: readonly string[], { toVoid }: NodeRecord): Promise<boolean> {
    const records = await this.#ledger.readMany(names);
    const signedAt = records.get(presented)?.completion?.at.getTime() ?? 0;
    return [...records.values()].some(
      (record) =>
        record.name !== presented &&
        isComplete(record) &&
        record.revocation === undefined &&
        !toVoid.includes(record.name) &&
        (record.completion?.at.getTime() ?? 0) > signedAt,
    );
  }
}

function isLive(anchor: NodeSlot | undefined, at: Date): boolean {
  return anchor !== undefined && !anchor.isRevoked && at.getTime() <= anchor.notAfter.getTime();
}

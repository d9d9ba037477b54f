import { isComplete, type IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import type { NodeRecord } from "../../core/ledger/node-record.ts";

/** The limits of docs/architecture.md, said again: what judges must not ask the judged. */
const SHORTEST_PAUSE_MILLISECONDS = 60_000;
const HOUR_MILLISECONDS = 3_600_000;
const MOST_IN_AN_HOUR = 12;

/** Counts for itself how often a finished, unconfirmed certificate of a name is put aside. */
export class DisplacementAuditor {
  readonly #times = new Map<string, number[]>();

  /** @param record the candidate's, before @returns what must never be */
  violations(before: NodeRecord, after: NodeRecord, record: IssuanceRecord | undefined): string[] {
    const { candidate } = before;
    const isPutAside =
      candidate !== undefined &&
      isComplete(record) &&
      after.toVoid.includes(candidate.intentName) &&
      !before.toVoid.includes(candidate.intentName);
    // A recovery has limits of its own (`recovery-auditor.ts`).
    const isRecovery =
      after.lastRecovery !== undefined && after.lastRecovery.intentName === after.candidate?.intentName;
    if (!isPutAside || isRecovery || after.candidate === undefined) return [];
    const now = after.candidate.at.getTime();
    const times = this.#times.get(after.key) ?? [];
    const last = times.at(-1) ?? -Infinity;
    this.#times.set(after.key, [...times, now]);
    const inTheHour = times.filter((time) => now - time < HOUR_MILLISECONDS).length + 1;
    return [
      ...(now - last < SHORTEST_PAUSE_MILLISECONDS
        ? ["a finished certificate was put aside too soon after another"]
        : []),
      ...(inTheHour > MOST_IN_AN_HOUR ? ["finished certificates were put aside too often in an hour"] : []),
    ];
  }
}

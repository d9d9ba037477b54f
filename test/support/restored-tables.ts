import type { RecoveryAdmissionStore } from "../../core/admission/recovery-admission.ts";
import type { IssuanceHarness } from "./issuance-harness.ts";
import { backUp } from "./table-backup.ts";

/** A restore is noticed first. */
const ADMITTED_AFTER_MILLISECONDS = 30_000;
const ADMITTED_FOR_MILLISECONDS = 24 * 3600 * 1000;
/** A certificate says when it was reserved, which may be a while before it was signed. */
const MARGIN_MILLISECONDS = 3_600_000;

/** The tables of nodes and certificates, put back to what they were; soon after an operator admits what is lost. */
export class RestoredTables {
  readonly #tables: IssuanceHarness["tables"];
  readonly #admissions: RecoveryAdmissionStore;
  #backup: { readonly putBack: ReturnType<typeof backUp>; readonly at: Date } | undefined;
  /** The earliest: what was lost then may not be back yet. */
  #restoredTo = Infinity;
  #admitAt = Infinity;
  #openUntil = -Infinity;

  constructor(tables: IssuanceHarness["tables"], admissions: RecoveryAdmissionStore) {
    this.#tables = tables;
    this.#admissions = admissions;
  }

  backUp(now: Date): void {
    this.#backup = { putBack: backUp({ tables: this.#tables }), at: now };
  }

  /** @returns whether there was a backup */
  restore(now: Date): boolean {
    if (this.#backup === undefined) return false;
    this.#backup.putBack("nodes", "issuances");
    this.#restoredTo = Math.min(this.#restoredTo, this.#backup.at.getTime());
    this.#admitAt = Math.min(this.#admitAt, now.getTime() + ADMITTED_AFTER_MILLISECONDS);
    return true;
  }

  /** The intents whose certificates hold their names. */
  anchors(): string[] {
    return [...this.#tables.nodes.values()].flatMap(({ anchor }) => anchor?.intentName ?? []);
  }

  isOpen(now: Date): boolean {
    return now.getTime() <= this.#openUntil;
  }

  async admitWhenDue(now: Date): Promise<boolean> {
    if (now.getTime() < this.#admitAt) return false;
    this.#admitAt = Infinity;
    this.#openUntil = now.getTime() + ADMITTED_FOR_MILLISECONDS;
    const issuedAfter = new Date(this.#restoredTo - MARGIN_MILLISECONDS);
    const until = new Date(this.#openUntil);
    return this.#admissions.write({ issuedAfter, openedAt: now, until, except: [], by: "operator" });
  }
}

import type { IssuanceAnswer } from "../../core/issuance/issuance-answer.ts";
import type { IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import { isStillGood } from "./lost-slot.ts";
import type { IntentFacts } from "./reservation-auditor.ts";

interface Answered extends IntentFacts {
  readonly at: number;
}

/** Who had a certificate of a name first, among signers under which it is one client. */
export class NamesakeAuditor {
  readonly #answered = new Map<string, Answered>();

  /**
   * Of two first certificates that are asked for in the same moment nothing is said (`core/ledger/client-names.ts`).
   *
   * @param records of all intents there are @returns what must never be
   */
  violations(
    facts: IntentFacts,
    { isNew }: IssuanceAnswer,
    { startedAt, now }: { readonly startedAt: number; readonly now: Date },
    records: readonly IssuanceRecord[],
  ): string[] {
    const good = new Set(records.filter((record) => isStillGood(record, now)).map(({ name }) => name));
    const isTaken = [...this.#answered.values()].some(
      ({ name, nodeName, signerName, key, at }) =>
        good.has(name) &&
        nodeName === facts.nodeName &&
        signerName !== facts.signerName &&
        key !== facts.key &&
        at < startedAt,
    );
    if (!this.#answered.has(facts.name)) this.#answered.set(facts.name, { ...facts, at: now.getTime() });
    return isNew && isTaken ? ["a live client's name for another key, by way of another signer"] : [];
  }
}

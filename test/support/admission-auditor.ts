import { hasCsr, type IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import type { NodeRecord } from "../../core/ledger/node-record.ts";
import type { Outside } from "./intercepted-services.ts";
import type { RestoredTables } from "./restored-tables.ts";

/** What a restore changes: which certificates there truly are, and which of them were put back on record. */
export class AdmissionAuditor {
  readonly #ledger: Outside["ledger"];
  readonly #clock: () => Date;
  /** By serial number the intent that it was signed for: for ever. */
  readonly #signed = new Map<string, string>();
  /** By the intent that it was signed for, the name under which it is on record again. */
  readonly #entered = new Map<string, string>();
  /** Since the last restore. */
  readonly #admitted = new Set<string>();
  #restores: RestoredTables | undefined;

  constructor(ledger: Outside["ledger"], clock: () => Date) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  signed(record: IssuanceRecord): void {
    const { name, reservation } = record;
    if (reservation !== undefined && hasCsr(record)) this.#signed.set(reservation.serialNumber, name);
  }

  restored(restores: RestoredTables): void {
    this.#restores = restores;
    this.#admitted.clear();
  }

  /** @returns the intent whose lost certificate this record is of, if it is one */
  entering(record: IssuanceRecord): string | undefined {
    const { name, reservation } = record;
    if (reservation === undefined || hasCsr(record)) return undefined;
    const lost = this.#signed.get(reservation.serialNumber);
    if (lost !== undefined) this.#entered.set(lost, name);
    return lost;
  }

  /** What was reserved and not claimed when the tables were copied stays unsigned beside the record of its certificate. */
  isTwin({ name, completion }: IssuanceRecord): boolean {
    return completion === undefined && this.#entered.has(name);
  }

  isEntered(name: string): boolean {
    return [...this.#entered.values()].includes(name);
  }

  /** Signed, and a restore put back what there was before. */
  isLost(serialNumber: string | undefined): boolean {
    return this.#restores !== undefined && this.#signed.has(serialNumber ?? "");
  }

  /** Under which name the record of an intent is now. */
  nameNow(name: string): string {
    return this.#entered.get(name) ?? name;
  }

  /** @returns what must never be, if this write admitted a certificate */
  async violations(before: NodeRecord | undefined, after: NodeRecord | undefined): Promise<string[] | undefined> {
    const { admission, anchor } = after ?? {};
    if (admission === undefined || isSameAct(admission, before?.admission)) return undefined;
    const { serialNumber } = admission;
    const wasAdmitted = this.#admitted.has(serialNumber);
    this.#admitted.add(serialNumber);
    const record = anchor && (await this.#ledger.read(anchor.intentName));
    return [
      ...(wasAdmitted ? ["a certificate was admitted twice"] : []),
      ...(this.#restores?.isOpen(this.#clock()) === true ? [] : ["a certificate was admitted that nobody admits"]),
      ...(this.#signed.has(serialNumber) ? [] : ["a certificate was admitted that was never signed"]),
      ...(anchor?.serialNumber === serialNumber ? [] : ["what was admitted holds nothing"]),
      ...(record?.reservation?.serialNumber === serialNumber ? [] : ["what was admitted is not on record"]),
    ];
  }
}

function isSameAct(one: NodeRecord["admission"], other: NodeRecord["admission"]): boolean {
  return one?.serialNumber === other?.serialNumber && one?.at.getTime() === other?.at.getTime();
}

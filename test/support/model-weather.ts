/** What a step of a model run can be. All but the first is trouble. */
export type Happening =
  | "done"
  | "answer lost"
  | "failed"
  | "crash"
  /** A request is delivered again: arriving when it did, or arriving now. */
  | "old duplicate"
  | "late duplicate"
  /** The clock jumps: by a retry's worth, past the lapse of a claim, past the finality of a candidate. */
  | "20 s"
  | "70 s"
  | "700 s"
  /** Past a certificate's end, and past the window in which it may recover. */
  | "700000 s"
  | "3300000 s"
  /** Past the time for which a ledger keeps a record. */
  | "9000000 s"
  /** The ledger's time to live deletes what is overdue. */
  | "sweep"
  /** The tables of nodes and certificates are copied, and later are what they were then; an operator admits what is lost. */
  | "back up"
  | "restore"
  /** An operator takes a name out of a node's hands. */
  | "release"
  | "revoke"
  /** An operator lets a node recover. */
  | "allow";

/** How often there is trouble, in thousandths of the steps. */
export type Weather = Readonly<Partial<Record<Exclude<Happening, "done">, number>>>;

export const STORM: Weather = {
  crash: 30,
  "answer lost": 20,
  failed: 10,
  "old duplicate": 15,
  "late duplicate": 15,
  "20 s": 10,
  "70 s": 8,
  "700 s": 3,
};

/** A storm, and an operator at work in it. */
export const OPERATED_STORM: Weather = { ...STORM, release: 10, revoke: 5 };

/** All the trouble that must strand nobody: a client has ten minutes, and no copy of a request arrives after its time. */
export const FOUL: Weather = { crash: 40, "answer lost": 20, failed: 10, "old duplicate": 30, "20 s": 8, "70 s": 4 };

/** Nodes that are off for weeks, in a storm, with an operator who also lets them recover. */
export const LONG_STORM: Weather = { ...OPERATED_STORM, "700000 s": 12, "3300000 s": 4, allow: 12 };

/** Years of one token: certificates end, and the ledger forgets them. */
export const FORGETFUL_STORM: Weather = { ...STORM, "700000 s": 8, "3300000 s": 6, "9000000 s": 8, sweep: 25 };

/** The same without copies: of a machine that made a new key since, an old request must not be granted. */
export const FOUL_ALONE: Weather = { ...FOUL, "old duplicate": 0 };

/** Tables are restored to an earlier state. A copy of an old request would be granted once more then: the records of the first time are gone. */
export const FOUL_RESTORED: Weather = { ...FOUL_ALONE, "back up": 25, restore: 12 };

/** The same for those who only must break no promise. */
export const RESTORED_STORM: Weather = { ...STORM, "back up": 20, restore: 10 };

/** Absences that must strand nobody who keeps its key. */
export const FOUL_ABSENCE: Weather = { ...FOUL, "700 s": 6, "700000 s": 12, "3300000 s": 3 };

const MAX_PENDING = 64;
const MAX_STEP_MILLISECONDS = 600;

/** All that one step leaves to chance, in one number. 0 is the dullest step: that is what a counterexample shrinks to. */
export class Die {
  readonly #number: number;

  constructor(number: number) {
    this.#number = number;
  }

  get milliseconds(): number {
    return this.#number % MAX_STEP_MILLISECONDS;
  }

  /** One of the calls that wait. */
  pick<T>(among: readonly T[]): T | undefined {
    return among[Math.floor(this.#number / MAX_STEP_MILLISECONDS) % Math.min(MAX_PENDING, among.length)];
  }

  happening(weather: Weather): Happening {
    let thousandths = 999 - (Math.floor(this.#number / MAX_STEP_MILLISECONDS / MAX_PENDING) % 1000);
    for (const [happening, share] of Object.entries(weather) as [Happening, number][]) {
      if (thousandths < share) return happening;
      thousandths -= share;
    }
    return "done";
  }

  /** What an administrator says of a request that waits: seven in ten are approved, one is left. */
  get verdict(): "approve" | "deny" | "delete" | undefined {
    return ([...Array<"approve">(7).fill("approve"), "deny", "delete", undefined] as const)[this.#number % 10];
  }

  /** Whether an answer never reaches the client that asked for it: one in ten. */
  get losesAnswer(): boolean {
    return this.#number % 10 === 9;
  }
}

/** The choices of a run, in order. When they are used up all goes well, and every run comes to its end. */
export class Dice {
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  roll(): Die {
    return new Die(this.#numbers[this.#next++] ?? 0);
  }
}

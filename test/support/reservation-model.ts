import type { BootstrapToken } from "../../core/token/bootstrap-token.ts";
import type { IssuanceAnswer } from "../../core/issuance/issuance-answer.ts";
import type { IssuanceServices } from "../../core/claim/issuance-services.ts";
import { RefusalError } from "../../core/refusal.ts";
import { renewalCalendar } from "../../core/renewal/calendar.ts";
import { randomSerialNumber } from "../../core/certificate/serial-number.ts";
import { intercepted, type Outside } from "./intercepted-services.ts";
import { memoryStores, memoryTables, TestClock, type TestIssuing } from "./issuance-harness.ts";
import { intentOf, MODEL_POLICY, perform } from "./model-attempt.ts";
import { ModelClient, type ModelRequest } from "./model-client.ts";
import { Dice, type Die } from "./model-weather.ts";
import { certificateIn, tokenRecordOf } from "./node-requests.ts";
import type { ModelOutcome, ModelPlan, ModelSettings } from "./model-plan.ts";
import { ReservationAuditor } from "./reservation-auditor.ts";
import { RestoredTables } from "./restored-tables.ts";
import { everythingRan, InjectedFault, StepScheduler, type Fate, type PendingCall } from "./step-scheduler.ts";

/** API Gateway gives up after 30 s, and the function is killed. */
const FUNCTION_MILLISECONDS = 30_000;

/** Far more than any run needs. */
const MAX_STEPS = 20_000;

interface Attempt {
  readonly id: number;
  readonly request: ModelRequest;
  /** Undefined for a duplicate: nobody waits for its answer. */
  readonly client: ModelClient | undefined;
  readonly arrivedAt: Date;
  /** When its sender made it: a copy is as old as that. */
  readonly madeAt: Date;
  readonly startedAt: number;
}

type Result = { readonly answer: IssuanceAnswer | undefined } | { readonly error: unknown };

export async function runReservationModel(
  issuing: TestIssuing,
  plan: ModelPlan,
  settings: ModelSettings,
): Promise<ModelOutcome> {
  return new ReservationModel(issuing, plan, settings).run();
}

/** One run: clients against the real core, one call to the outside at a time, in the order the dice say. */
class ReservationModel {
  readonly #issuing: TestIssuing;
  readonly #settings: ModelSettings;
  readonly #dice: Dice;
  readonly #clock = new TestClock();
  readonly #tables = memoryTables();
  readonly #stores = memoryStores(this.#tables);
  readonly #scheduler = new StepScheduler();
  readonly #auditor: ReservationAuditor;
  readonly #outside: Outside;
  readonly #tokens: readonly { readonly token: BootstrapToken; readonly maxUses: number }[];
  readonly #clients: readonly ModelClient[];
  readonly #running = new Map<number, Attempt>();
  readonly #finished: { readonly attempt: Attempt; readonly result: Result }[] = [];
  readonly #attempts: Attempt[] = [];
  readonly #log: string[] = [];
  readonly #isManual: boolean;
  readonly #restores: RestoredTables;

  constructor(issuing: TestIssuing, plan: ModelPlan, settings: ModelSettings) {
    const { maxUses, clients, dice } = plan;
    this.#isManual = plan.isManual === true;
    this.#issuing = issuing;
    this.#settings = settings;
    this.#dice = new Dice(dice);
    this.#auditor = new ReservationAuditor(this.#stores, issuing.directory, this.#clock.now);
    this.#restores = new RestoredTables(this.#tables, this.#stores.admissions);
    const outside = { ...this.#stores, signer: issuing.signer };
    this.#outside = this.#auditor.watching(settings.mutant?.alter?.(outside, this.#clock.now) ?? outside);
    this.#tokens = maxUses.map((uses, index) => ({
      token: { id: `token${index}`, secret: "0123456789abcdef" },
      maxUses: uses,
    }));
    this.#clients = clients.map((client, index) => {
      const { token } = this.#tokens[client.token % this.#tokens.length] ?? {};
      if (token === undefined) throw new Error("a plan needs a token");
      return new ModelClient(String(index), client, token, settings.maxTries);
    });
  }

  async run(): Promise<ModelOutcome> {
    for (const { token, maxUses } of this.#tokens) {
      await this.#stores.tokens.create(tokenRecordOf(token, { maxUses, ...(this.#isManual ? { groups: [] } : {}) }));
    }
    for (let steps = 0; this.#auditor.violations.size === 0 && this.#isUnderWay(); steps++) {
      if (steps === MAX_STEPS) this.#auditor.violations.add("it never ends");
      await this.#step();
    }
    await this.#auditor.conclude(this.#tokens.map(({ token }) => token.id));
    const stranded = this.#clients.filter(({ state }) => state === "gone");
    return {
      violations: [...this.#auditor.violations],
      stranded: stranded.map(({ label, lastTrouble }) => `client ${label}: ${lastTrouble}`),
      log: this.#log,
    };
  }

  #isUnderWay(): boolean {
    return this.#running.size > 0 || this.#clients.some(({ state }) => state === "active");
  }

  async #step(): Promise<void> {
    if (await this.#restores.admitWhenDue(this.#clock.now())) this.#note("an operator admits what is not on record");
    await this.#wakeClients();
    const die = this.#dice.roll();
    this.#clock.advance(die.milliseconds / 1000);
    const pending = die.pick(this.#scheduler.pending);
    if (pending !== undefined) await this.#happen(die, pending);
    for (const attempt of this.#running.values()) {
      if (this.#now() - attempt.startedAt > FUNCTION_MILLISECONDS) this.#kill(attempt, "killed after 30 s");
    }
    for (const { attempt, result } of this.#finished.splice(0)) await this.#hear(attempt, result);
  }

  /** Starts whoever is due. When nothing at all is under way, time passes until somebody is. */
  async #wakeClients(): Promise<void> {
    const asleep = this.#clients.filter(({ state, isWaiting }) => state === "active" && !isWaiting);
    const due = Math.min(...asleep.map(({ wakeAt }) => wakeAt));
    if (this.#running.size === 0 && due > this.#now()) this.#clock.advance((due - this.#now()) / 1000);
    for (const client of asleep) {
      if (client.wakeAt <= this.#now()) this.#start(client.next(), client, this.#clock.now());
    }
    await everythingRan();
  }

  async #happen(die: Die, pending: PendingCall): Promise<void> {
    const attempt = this.#running.get(pending.attempt);
    const happening = die.happening(this.#settings.weather);
    switch (happening) {
      case "done":
      case "answer lost":
      case "failed":
        return this.#make(pending, happening);
      case "crash": {
        if (attempt !== undefined) this.#kill(attempt, "crashed");
        return;
      }
      case "old duplicate":
      case "late duplicate": {
        const earlier = die.pick(this.#attempts);
        if (earlier === undefined) return;
        const arrivedAt = happening === "old duplicate" ? earlier.arrivedAt : this.#clock.now();
        this.#start(earlier.request, undefined, arrivedAt, earlier.madeAt);
        return everythingRan();
      }
      case "sweep":
        this.#note("the ledger forgets what is overdue");
        this.#stores.ledger.sweep(this.#clock.now());
        return this.#auditor.swept();
      case "back up":
        this.#note("the tables are backed up");
        this.#restores.backUp(this.#clock.now());
        return;
      case "restore": {
        for (const running of [...this.#running.values()]) this.#kill(running, "ended by a restore");
        if (this.#restores.restore(this.#clock.now())) {
          this.#note("the tables are restored");
          await this.#auditor.restored(this.#restores);
        }
        return;
      }
      case "release":
      case "allow":
      case "revoke": {
        const { nodeName } = die.pick(this.#clients) ?? {};
        if (nodeName !== undefined) this.#start({ kind: happening, nodeName }, undefined, this.#clock.now());
        return everythingRan();
      }
      default:
        this.#note(`the clock jumps ${happening}`);
        this.#clock.advance(Number.parseInt(happening, 10));
    }
  }

  async #make(pending: PendingCall, fate: Fate): Promise<void> {
    const { args, name } = pending.call;
    const [what] = args.map((arg) => (typeof arg === "string" ? this.#auditor.labelOf(arg) : ""));
    this.#note(`${pending.attempt} ${name} ${what ?? ""} ${fate === "done" ? "" : `(${fate})`}`);
    await this.#scheduler.step(pending, fate);
  }

  #start(request: ModelRequest, client: ModelClient | undefined, arrivedAt: Date, madeAt = arrivedAt): void {
    const { directory } = this.#issuing;
    const attempt = { id: this.#attempts.length, request, client, arrivedAt, madeAt, startedAt: this.#now() };
    this.#attempts.push(attempt);
    this.#running.set(attempt.id, attempt);
    const intent = intentOf(request, directory, this.#clock.now());
    if (intent !== undefined) this.#auditor.intends(intent);
    this.#note(`${attempt.id} starts: ${describe(request)}${client === undefined ? " (again)" : ""}`);
    const judged = this.#settings.mutant?.arrivedAt?.(arrivedAt) ?? arrivedAt;
    perform(this.#services(attempt.id), directory, request, { arrivedAt: judged, madeAt }).then(
      (answer) => this.#finished.push({ attempt, result: { answer } }),
      (error: unknown) => this.#finished.push({ attempt, result: { error } }),
    );
  }

  #services(attempt: number): IssuanceServices {
    return {
      ...intercepted(this.#outside, this.#scheduler.gateFor(attempt)),
      issuers: () => Promise.resolve(this.#issuing.directory),
      policy: MODEL_POLICY,
      clock: this.#clock.now,
      renewals: renewalCalendar(),
      newSerialNumber: randomSerialNumber,
      newUid: () => "uid",
      audit: () => undefined,
    };
  }

  #kill(attempt: Attempt, why: string): void {
    this.#note(`${attempt.id} ${why}`);
    this.#running.delete(attempt.id);
    this.#scheduler.drop(attempt.id);
    attempt.client?.heardNothing(this.#now());
  }

  /** What came of an attempt: judged whether or not its client gets to know. */
  async #hear(attempt: Attempt, result: Result): Promise<void> {
    const { client, request } = attempt;
    if (!this.#running.delete(attempt.id)) return;
    if ("error" in result) {
      this.#hearTrouble(attempt, result.error);
      return;
    }
    if (request.kind === "confirm") this.#auditor.confirmed(request.holding.name);
    if (request.kind === "revoke") await this.#auditor.revoked(request.nodeName);
    if (request.kind === "use") await this.#auditor.used(request.holding.name);
    if (this.#isManual && result.answer?.issued === undefined) {
      this.#hearItWaits(attempt, result.answer);
      return;
    }
    if (result.answer !== undefined) await this.#auditor.answered(result.answer, attempt.startedAt);
    const isLost = this.#dice.roll().losesAnswer;
    this.#note(`${attempt.id} is answered${isLost && client !== undefined ? ", which is lost" : ""}`);
    if (isLost) return client?.heardNothing(this.#now());
    if (result.answer === undefined) return client?.confirmed(this.#now());
    const { record } = result.answer;
    client?.received({ name: record.name, certificate: certificateIn(result.answer) }, this.#now());
  }

  /** An administrator looks at it, or at nothing yet. What others than nodes ask for has no answer. */
  #hearItWaits({ id, client, request: { nodeName, kind } }: Attempt, answer: IssuanceAnswer | undefined): void {
    if (answer === undefined) {
      if (kind === "confirm" || kind === "use") client?.confirmed(this.#now());
      return;
    }
    this.#note(`${id} waits for approval`);
    const verdict = this.#dice.roll().verdict;
    if (verdict !== undefined) {
      this.#start({ kind: verdict, nodeName, name: answer.record.name }, undefined, this.#clock.now());
    }
    client?.waits(this.#now());
  }

  #hearTrouble({ id, client }: Attempt, error: unknown): void {
    const isOurs =
      error instanceof InjectedFault || (error instanceof Error && error.message.includes("was given up before"));
    this.#note(`${id} fails: ${error instanceof RefusalError ? error.code : String(error)}`);
    if (error instanceof RefusalError) return client?.refused(error, this.#now());
    if (!isOurs) this.#auditor.violations.add(`an unexpected error: ${String(error)}`);
    client?.heardNothing(this.#now());
  }

  #now(): number {
    return this.#clock.now().getTime();
  }

  #note(line: string): void {
    this.#log.push(`${((this.#now() % 86_400_000) / 1000).toFixed(1)} ${line}`);
  }
}

function describe(request: ModelRequest): string {
  return `${request.kind} ${request.nodeName} ${"key" in request ? request.key : ""}`;
}

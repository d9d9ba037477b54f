import { confirmCertificate, needsConfirmation } from "../issuance/confirmation.ts";
import { connectToService, readEnrolledNode, type EnrolledNode } from "../issuance/enrolled-node.ts";
import { hasExpired } from "../issuance/expired-certificate.ts";
import { recoverDirectory } from "../issuance/issuance.ts";
import { pauseSecondsAfter } from "../issuance/renewal-back-off.ts";
import { fetchRenewalInfo } from "../issuance/renewal-info.ts";
import { renewalDueAt } from "../issuance/renewal-schedule.ts";
import { isServingDue, obtainServing, readServingNode, servingDirectory, wantedServing } from "../issuance/serving.ts";
import { withDirectoryLock } from "../directory/directory-lock.ts";
import type { ServingWish } from "../directory/agent-state.ts";
import type { ServingHealth } from "../directory/health-file.ts";
import { messageOf } from "../program/agent-error.ts";
import type { ServiceClient } from "../service/service-client.ts";
import { ServiceClock } from "../service/service-clock.ts";
import { isRefusal, refusalCodeOf } from "../service/service-error.ts";
import { isHookDue, runExecHook } from "./exec-hook.ts";
import { certificateFields } from "./node-health.ts";
import type { NodeKeeperOptions } from "./node-keeper.ts";
import { RecurringTask } from "./recurring-task.ts";

/** The machine's addresses are looked at this often, and whether somebody wants a serving certificate at all. */
const LONGEST_PAUSE_SECONDS = 600;

/**
 * Keeps the serving certificate beside the client certificate, where `join --with-serving` wanted one. It waits for
 * approval, and follows the machine's addresses. What goes wrong here is no matter of the client certificate's.
 */
export class ServingKeeper {
  readonly #options: NodeKeeperOptions;
  readonly #serviceClock: ServiceClock;
  readonly #tasks: Readonly<Record<"looking" | "asking" | "confirmation" | "renewalInfo" | "hook", RecurringTask>>;
  #serving: EnrolledNode | undefined;
  #isWanted = false;

  constructor(options: NodeKeeperOptions) {
    const { clock } = options.services;
    const task = (): RecurringTask => new RecurringTask(clock);
    this.#options = options;
    this.#serviceClock = new ServiceClock(clock);
    this.#tasks = { looking: task(), asking: task(), confirmation: task(), renewalInfo: task(), hook: task() };
  }

  /** For the health file; undefined when no serving certificate is wanted. */
  get health(): ServingHealth | undefined {
    if (!this.#isWanted) return undefined;
    const { asking } = this.#tasks;
    const problem = Object.values(this.#tasks).find(({ error }) => error !== undefined)?.error;
    const leaf = this.#serving?.pair.leaf;
    const isExpired = leaf !== undefined && leaf.notAfter < this.#serviceClock.now();
    const trouble = isRefusal(asking.error) ? "refused" : asking.failures > 0 ? "retrying" : "ok";
    return {
      status: isExpired ? "expired" : trouble,
      serialNumber: leaf?.serialNumber,
      notAfter: leaf?.notAfter,
      nextRenewal: this.#serving && renewalDueAt(this.#serving.pair.leaf, this.#serving.state),
      failures: asking.failures,
      error: problem === undefined ? undefined : messageOf(problem),
      refusalCode: refusalCodeOf(problem),
    };
  }

  /** Does what is due. Never throws. @returns how long to sleep, in seconds */
  async check(): Promise<number> {
    let pauseSeconds = LONGEST_PAUSE_SECONDS;
    await this.#attempt(this.#tasks.looking, "serving_unusable", async () => {
      pauseSeconds = await this.#look();
    });
    return Math.max(1, pauseSeconds, this.#tasks.looking.secondsLeft);
  }

  hurry(): void {
    for (const task of Object.values(this.#tasks)) task.hurry();
  }

  async #look(): Promise<number> {
    const { directoryPath, services, hook, log } = this.#options;
    const main = readEnrolledNode(services.fileSystem, directoryPath);
    const { serving: wish } = main.state;
    this.#isWanted = wish !== undefined;
    // Without a client certificate nothing can be asked for. That is the other keeper's work.
    if (wish === undefined || hasExpired(main, this.#serviceClock.now())) return LONGEST_PAUSE_SECONDS;
    this.#read(main);
    if (this.#isServiceNeeded(main, wish)) {
      await withDirectoryLock(services.fileSystem, directoryPath, services.clock, async () => {
        recoverDirectory(servingDirectory(main.directory));
        const current = readEnrolledNode(services.fileSystem, directoryPath);
        this.#read(current);
        await this.#work(current, wish);
      });
    }
    const serving = this.#serving;
    if (hook !== undefined && serving !== undefined && this.#tasks.hook.isAllowed && isHookDue(serving)) {
      await this.#attempt(this.#tasks.hook, "hook_failed", async () => {
        const failure = await runExecHook(hook, serving, services.clock);
        if (failure !== undefined) throw new Error(failure);
        log("info", "hook_done", { serialNumber: serving.pair.leaf.serialNumber });
      });
      this.#read(main);
    }
    return this.#pauseSeconds();
  }

  #read(main: EnrolledNode): void {
    const before = this.#serving?.pair.leaf.serialNumber;
    this.#serving = readServingNode(main);
    if (this.#serving === undefined || this.#serving.pair.leaf.serialNumber === before) return;
    this.#options.log("info", "serving_certificate", certificateFields(this.#serving));
  }

  #isServiceNeeded(main: EnrolledNode, wish: ServingWish): boolean {
    const { asking, confirmation, renewalInfo } = this.#tasks;
    const serving = this.#serving;
    if (serving !== undefined && renewalInfo.isAllowed) return true;
    if (serving !== undefined && confirmation.isAllowed && needsConfirmation(serving.state, serving.pair)) return true;
    return asking.isAllowed && this.#isDue(main, wish);
  }

  #isDue(main: EnrolledNode, wish: ServingWish): boolean {
    const wanted = wantedServing(main, wish, this.#options.services.machine);
    return isServingDue(this.#serving, wanted, wish, this.#serviceClock.now());
  }

  async #work(main: EnrolledNode, wish: ServingWish): Promise<void> {
    const { services, log } = this.#options;
    const client = await connectToService(main.state, services, this.#serviceClock);
    await this.#attempt(this.#tasks.renewalInfo, "serving_renewal_info_failed", async () => {
      if (this.#serving === undefined || !this.#tasks.renewalInfo.isAllowed) return;
      const context = { mayPostpone: false, now: this.#serviceClock.now() };
      const info = await fetchRenewalInfo(this.#serving, client, context);
      this.#serving = info.node;
      this.#tasks.renewalInfo.succeeded(info.askAgainSeconds);
    });
    await this.#confirm(client);
    if (!this.#tasks.asking.isAllowed || !this.#isDue(main, wish)) return;
    await this.#attempt(this.#tasks.asking, "serving_failed", async () => {
      const names = wantedServing(main, wish, services.machine);
      const { clock } = services;
      await obtainServing(main, names, { client, clock, serviceClock: this.#serviceClock });
      this.#tasks.asking.succeeded();
      this.#serving = readServingNode(main);
      if (this.#serving !== undefined) log("info", "serving_renewed", certificateFields(this.#serving));
    });
    await this.#confirm(client);
  }

  async #confirm(client: ServiceClient): Promise<void> {
    const serving = this.#serving;
    if (serving === undefined || !this.#tasks.confirmation.isAllowed) return;
    if (!needsConfirmation(serving.state, serving.pair)) return;
    await this.#attempt(this.#tasks.confirmation, "serving_confirmation_failed", async () => {
      const state = await confirmCertificate(client, serving.directory, serving.state, serving.pair);
      this.#serving = { ...serving, state };
      this.#options.log("info", "serving_confirmed", { serialNumber: serving.pair.leaf.serialNumber });
    });
  }

  async #attempt(task: RecurringTask, event: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
      if (task.failures > 0) task.succeeded();
    } catch (error) {
      const remaining = this.#remainingSeconds();
      const retryInSeconds = task.failed(error, (failures) => pauseSecondsAfter(error, failures, remaining));
      this.#options.log(isRefusal(error) ? "error" : "warn", event, {
        error: messageOf(error),
        code: refusalCodeOf(error),
        failures: task.failures,
        retryInSeconds: Math.round(retryInSeconds),
      });
    }
  }

  /** Of one that is not there yet, a day: nothing is lost by the minute. */
  #remainingSeconds(): number {
    const notAfter = this.#serving?.pair.leaf.notAfter;
    return notAfter === undefined ? 86_400 : (notAfter.getTime() - this.#serviceClock.now().getTime()) / 1000;
  }

  #pauseSeconds(): number {
    const { asking, confirmation, renewalInfo, hook } = this.#tasks;
    const pauses = [LONGEST_PAUSE_SECONDS];
    if (asking.failures > 0) pauses.push(asking.secondsLeft);
    const serving = this.#serving;
    if (serving !== undefined) {
      const dueAt = renewalDueAt(serving.pair.leaf, serving.state).getTime();
      pauses.push(renewalInfo.secondsLeft);
      pauses.push(Math.max(asking.secondsLeft, (dueAt - this.#serviceClock.now().getTime()) / 1000));
      if (needsConfirmation(serving.state, serving.pair)) pauses.push(confirmation.secondsLeft);
      if (this.#options.hook !== undefined && isHookDue(serving)) pauses.push(hook.secondsLeft);
    }
    return Math.min(...pauses);
  }
}

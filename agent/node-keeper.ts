import { messageOf } from "./agent-error.ts";
import type { AgentServices } from "./agent-services.ts";
import { confirmCertificate, needsConfirmation } from "./confirmation.ts";
import { withDirectoryLock } from "./directory/directory-lock.ts";
import { writeHealth, type Health } from "./directory/health-file.ts";
import { connectToService, isRenewalDue, readEnrolledNode, type EnrolledNode } from "./enrolled-node.ts";
import type { EventLog } from "./event-log.ts";
import { hasExpired, waysBack } from "./expired-certificate.ts";
import { isHookDue, runExecHook, type ExecHook } from "./exec-hook.ts";
import { recoverDirectory } from "./issuance.ts";
import { certificateFields, healthOf } from "./node-health.ts";
import { RecurringTask } from "./recurring-task.ts";
import { refreshTrustBundle, renewCertificate } from "./renewal.ts";
import { pauseSecondsAfter } from "./renewal-back-off.ts";
import { renewalDueAt } from "./renewal-schedule.ts";
import { randomShare } from "./service/back-off.ts";
import type { ServiceClient } from "./service/service-client.ts";
import { isWorrying, ServiceClock } from "./service/service-clock.ts";
import { isRefusal, refusalCodeOf } from "./service/service-error.ts";

export interface NodeKeeperOptions {
  readonly directoryPath: string;
  readonly hook: ExecHook | undefined;
  readonly log: EventLog;
  readonly services: AgentServices;
}

/** The directory is looked at this often even if nothing is due: somebody may have joined again, or set the clock. */
const LONGEST_PAUSE_SECONDS = 600;
/** A CA that is about to sign must have reached every verifier first; a quarter of a day is soon enough. */
const BUNDLE_INTERVAL_SECONDS = 6 * 3600;

/** Keeps one node's certificate fresh: each `check` does whatever is due, and says how long to sleep. */
export class NodeKeeper {
  readonly #options: NodeKeeperOptions;
  readonly #serviceClock: ServiceClock;
  /** Looking into the directory, and taking its lock to change something. */
  readonly #reading: RecurringTask;
  readonly #locking: RecurringTask;
  readonly #renewal: RecurringTask;
  readonly #confirmation: RecurringTask;
  readonly #bundle: RecurringTask;
  readonly #hook: RecurringTask;
  #node: EnrolledNode | undefined;
  #renewedAt: Date | undefined;
  #isClockReported = false;

  constructor(options: NodeKeeperOptions) {
    const { clock } = options.services;
    this.#options = options;
    this.#serviceClock = new ServiceClock(clock);
    this.#reading = new RecurringTask(clock);
    this.#locking = new RecurringTask(clock);
    this.#renewal = new RecurringTask(clock);
    this.#confirmation = new RecurringTask(clock);
    this.#bundle = new RecurringTask(clock);
    this.#hook = new RecurringTask(clock);
  }

  /** Does what is due. Never throws. @returns how long to sleep, in seconds */
  async check(): Promise<number> {
    await this.#attempt(this.#reading, "directory_unusable", async () => {
      await Promise.resolve();
      this.#read();
    });
    if (this.#node !== undefined && this.#reading.failures === 0) {
      if (this.#locking.isAllowed && this.#isServiceNeeded(this.#node)) await this.#workWithService(this.#node);
      await this.#runHook();
    }
    try {
      this.writeHealth();
    } catch (error) {
      this.#options.log("warn", "health_failed", { error: messageOf(error) });
    }
    return this.#pauseSeconds();
  }

  /** Forgets all waiting: somebody says that things have changed. */
  hurry(): void {
    for (const task of this.#tasks()) task.hurry();
  }

  /** @throws AgentError when it cannot be written */
  writeHealth(status?: Health["status"]): void {
    const { directoryPath, services } = this.#options;
    const health = healthOf({
      node: this.#node,
      renewal: this.#renewal,
      tasks: this.#tasks(),
      isDirectoryUsable: this.#reading.failures + this.#locking.failures === 0,
      renewedAt: this.#renewedAt,
      clockOffsetSeconds: this.#serviceClock.offset?.seconds,
      checkedAt: services.clock.now(),
      now: this.#serviceClock.now(),
    });
    writeHealth(services.fileSystem, directoryPath, { ...health, status: status ?? health.status });
  }

  #tasks(): readonly RecurringTask[] {
    return [this.#reading, this.#locking, this.#renewal, this.#confirmation, this.#bundle, this.#hook];
  }

  /** Afresh each time: another process may have renewed, or joined again. */
  #read(): void {
    const { directoryPath, services, log } = this.#options;
    const before = this.#node?.pair.leaf.serialNumber;
    this.#node = readEnrolledNode(services.fileSystem, directoryPath);
    if (before === this.#node.pair.leaf.serialNumber) return;
    // What was refused to the old certificate says nothing about this one.
    for (const task of [this.#renewal, this.#confirmation]) task.succeeded();
    log("info", "certificate", certificateFields(this.#node));
  }

  #isServiceNeeded(node: EnrolledNode): boolean {
    return this.#isBundleDue() || this.#isConfirmationDue(node) || this.#isRenewalDue(node);
  }

  #isBundleDue(): boolean {
    return this.#bundle.isAllowed || (this.#serviceClock.offset === undefined && this.#bundle.failures === 0);
  }

  #isConfirmationDue({ state, pair }: EnrolledNode): boolean {
    return this.#confirmation.isAllowed && needsConfirmation(state, pair);
  }

  #isRenewalDue(node: EnrolledNode): boolean {
    return this.#renewal.isAllowed && isRenewalDue(node, this.#serviceClock.now());
  }

  async #workWithService(seen: EnrolledNode): Promise<void> {
    const { directoryPath, services } = this.#options;
    await this.#attempt(this.#locking, "directory_unusable", async () => {
      await withDirectoryLock(services.fileSystem, directoryPath, services.clock, async () => {
        recoverDirectory(seen.directory);
        this.#read();
        // One look at the server for all that is due: if that fails, so has each of them.
        const client = connectToService(seen.state, services, this.#serviceClock);
        client.catch(() => undefined);
        await this.#refreshBundle(client);
        await this.#confirm(client);
        await this.#renew(client);
        await this.#confirm(client);
      });
    });
  }

  async #refreshBundle(client: Promise<ServiceClient>): Promise<void> {
    const node = this.#node;
    if (node === undefined || !this.#isBundleDue()) return;
    await this.#attempt(this.#bundle, "trust_bundle_failed", async () => {
      this.#node = await refreshTrustBundle(node, await client);
      this.#bundle.succeeded(BUNDLE_INTERVAL_SECONDS * (0.9 + randomShare() / 5));
      const { trustBundleSequence: sequence } = this.#node.state;
      if (sequence !== node.state.trustBundleSequence) this.#options.log("info", "trust_bundle_updated", { sequence });
      this.#reportClock();
    });
  }

  async #confirm(client: Promise<ServiceClient>): Promise<void> {
    const node = this.#node;
    if (node === undefined || !this.#isConfirmationDue(node)) return;
    await this.#attempt(this.#confirmation, "confirmation_failed", async () => {
      const state = await confirmCertificate(await client, node.directory, node.state, node.pair);
      this.#node = { ...node, state };
      this.#options.log("info", "confirmed", { serialNumber: node.pair.leaf.serialNumber });
    });
  }

  async #renew(client: Promise<ServiceClient>): Promise<void> {
    const node = this.#node;
    if (node === undefined || !this.#isRenewalDue(node)) return;
    const { log } = this.#options;
    const { clock } = this.#options.services;
    const isRecovery = hasExpired(node, this.#serviceClock.now());
    if (isRecovery && this.#renewal.failures === 0) this.#reportExpiry(node);
    await this.#attempt(this.#renewal, isRecovery ? "recovery_failed" : "renewal_failed", async () => {
      const renewalServices = { client: await client, clock, serviceClock: this.#serviceClock };
      this.#node = { ...node, ...(await renewCertificate(node, renewalServices)) };
      this.#renewedAt = clock.now();
      log("info", isRecovery ? "recovered" : "renewed", certificateFields(this.#node));
      this.#reportClock();
    });
  }

  async #runHook(): Promise<void> {
    const { hook, log, services } = this.#options;
    const node = this.#node;
    if (hook === undefined || node === undefined || !this.#hook.isAllowed || !isHookDue(node)) return;
    await this.#attempt(this.#hook, "hook_failed", async () => {
      const failure = await runExecHook(hook, node, services.clock);
      if (failure !== undefined) throw new Error(failure);
      this.#read();
      log("info", "hook_done", { serialNumber: node.pair.leaf.serialNumber });
    });
  }

  /** One act of one task: its failure is logged, once, with the time of the next attempt. */
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

  #reportExpiry({ pair: { leaf }, state: { nodeName } }: EnrolledNode): void {
    const next = `asking the service to let it recover; if it does not, ${waysBack(nodeName)}`;
    this.#options.log("warn", "expired", { serialNumber: leaf.serialNumber, notAfter: leaf.notAfter, next });
  }

  /** Once when it goes wrong, once when it is right again. */
  #reportClock(): void {
    const { offset } = this.#serviceClock;
    const isOff = isWorrying(offset);
    if (isOff === this.#isClockReported) return;
    this.#isClockReported = isOff;
    if (isOff) this.#options.log("warn", "clock_off", { offsetSeconds: offset.seconds, used: "service" });
    else this.#options.log("info", "clock_right");
  }

  #remainingSeconds(): number {
    const notAfter = this.#node?.pair.leaf.notAfter.getTime() ?? 0;
    return (notAfter - this.#serviceClock.now().getTime()) / 1000;
  }

  #pauseSeconds(): number {
    const pauses = [LONGEST_PAUSE_SECONDS, this.#bundle.secondsLeft];
    const node = this.#node;
    if (node !== undefined) {
      const dueAt = renewalDueAt(node.pair.leaf, node.state).getTime();
      const dueInSeconds = (dueAt - this.#serviceClock.now().getTime()) / 1000;
      pauses.push(Math.max(dueInSeconds, this.#renewal.secondsLeft));
      if (needsConfirmation(node.state, node.pair)) pauses.push(this.#confirmation.secondsLeft);
      if (this.#options.hook !== undefined && isHookDue(node)) pauses.push(this.#hook.secondsLeft);
    }
    const obstacle = Math.max(this.#reading.secondsLeft, this.#locking.secondsLeft);
    // Never a busy loop, whatever the clocks say.
    return Math.max(1, obstacle, Math.min(...pauses));
  }
}

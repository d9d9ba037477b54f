import { messageOf } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import { ClockReport } from "./clock-report.ts";
import { confirmCertificate, needsConfirmation } from "../issuance/confirmation.ts";
import { withDirectoryLock } from "../directory/directory-lock.ts";
import { writeHealth, type Health, type ServingHealth } from "../directory/health-file.ts";
import { connectToService, isRenewalDue, readEnrolledNode, type EnrolledNode } from "../issuance/enrolled-node.ts";
import type { EventLog } from "../output/event-log.ts";
import { expiryFields, hasExpired } from "../issuance/expired-certificate.ts";
import { isHookDue, runExecHook, type ExecHook } from "./exec-hook.ts";
import { recoverDirectory, type Issuance } from "../issuance/issuance.ts";
import { withRefusal } from "../issuance/refusal.ts";
import { certificateFields, healthOf } from "./node-health.ts";
import { keeperTasks, type KeeperTasks, type RecurringTask } from "./recurring-task.ts";
import { renewCertificate } from "../issuance/renewal.ts";
import { pauseSecondsAfter } from "../issuance/renewal-back-off.ts";
import { fetchRenewalInfo } from "../issuance/renewal-info.ts";
import { renewalDueAt } from "../issuance/renewal-schedule.ts";
import type { ServiceClient } from "../service/service-client.ts";
import { ServiceClock } from "../service/service-clock.ts";
import { isRefusal, refusalCodeOf, retryAfterSecondsOf } from "../service/service-error.ts";

export interface NodeKeeperOptions {
  readonly directoryPath: string;
  readonly hook: ExecHook | undefined;
  readonly log: EventLog;
  /** How the certificate beside it is. */
  readonly servingHealth?: () => ServingHealth | undefined;
  readonly services: AgentServices;
}

/**
 * The directory is checked at least this often: another process may have joined again, or the clock may have been set.
 */
const LONGEST_PAUSE_SECONDS = 600;
/**
 * A renewal later than this missed its time. Then the service is asked for a new time, because the whole fleet may be
 * late.
 */
const LATE_SECONDS = 60;

/** Keeps one node's certificate fresh. Each `check` does what is due and returns how long to sleep. */
export class NodeKeeper {
  readonly #options: NodeKeeperOptions;
  readonly #serviceClock: ServiceClock;
  readonly #clockReport: ClockReport;
  readonly #tasks: KeeperTasks;
  #node: EnrolledNode | undefined;
  #renewedAt: Date | undefined;
  /** Whether the service moved the renewal of this certificate. */
  #isTimeGiven = false;

  constructor(options: NodeKeeperOptions) {
    const { clock } = options.services;
    this.#options = options;
    this.#serviceClock = new ServiceClock(clock);
    this.#clockReport = new ClockReport(this.#serviceClock, options.log);
    this.#tasks = keeperTasks(clock);
  }

  /** Does what is due. Never throws. @returns how long to sleep, in seconds */
  async check(): Promise<number> {
    await this.#attempt(this.#tasks.reading, "directory_unusable", async () => {
      await Promise.resolve();
      this.#read();
    });
    if (this.#node !== undefined && this.#tasks.reading.failures === 0) {
      if (this.#tasks.locking.isAllowed && this.#isServiceNeeded(this.#node)) await this.#workWithService(this.#node);
      await this.#runHook();
    }
    try {
      this.writeHealth();
    } catch (error) {
      this.#options.log("warn", "health_failed", { error: messageOf(error) });
    }
    return this.#pauseSeconds();
  }

  /** Ends all waiting: an operator's signal says that things have changed. */
  hurry(): void {
    for (const task of Object.values(this.#tasks)) task.hurry();
  }

  /** @throws AgentError when it cannot be written */
  writeHealth(status?: Health["status"]): void {
    const { directoryPath, services } = this.#options;
    const health = healthOf({
      node: this.#node,
      renewal: this.#tasks.renewal,
      tasks: Object.values(this.#tasks),
      isDirectoryUsable: this.#tasks.reading.failures + this.#tasks.locking.failures === 0,
      renewedAt: this.#renewedAt,
      clockOffsetSeconds: this.#serviceClock.offset?.seconds,
      checkedAt: services.clock.now(),
      now: this.#serviceClock.now(),
    });
    const serving = this.#options.servingHealth?.();
    writeHealth(services.fileSystem, directoryPath, { ...health, serving, status: status ?? health.status });
  }

  /** Reads the directory afresh: another process may have renewed, or joined again. */
  #read(): void {
    const { directoryPath, services, log } = this.#options;
    const before = this.#node?.pair.leaf.serialNumber;
    this.#node = readEnrolledNode(services.fileSystem, directoryPath);
    if (before === this.#node.pair.leaf.serialNumber) return;
    // A refusal of the old certificate says nothing about this one.
    for (const task of [this.#tasks.renewal, this.#tasks.confirmation]) task.succeeded();
    this.#isTimeGiven = false;
    log("info", "certificate", certificateFields(this.#node));
  }

  #isServiceNeeded(node: EnrolledNode): boolean {
    return this.#isInfoDue(node) || this.#isConfirmationDue(node) || this.#isRenewalDue(node);
  }

  /** A renewal in time brings the same information itself. */
  #isInfoDue(node: EnrolledNode): boolean {
    if (this.#serviceClock.offset === undefined && this.#tasks.renewalInfo.failures === 0) return true;
    return this.#isRenewalDue(node) ? this.#isLate(node) : this.#tasks.renewalInfo.isAllowed;
  }

  /** Not while waiting for a time that the service itself named. */
  #isLate(node: EnrolledNode): boolean {
    const lateSeconds = -this.#secondsUntilDue(node);
    return lateSeconds > LATE_SECONDS && retryAfterSecondsOf(this.#tasks.renewal.error) === undefined;
  }

  #secondsUntilDue({ pair, state }: EnrolledNode): number {
    return (renewalDueAt(pair.leaf, state).getTime() - this.#serviceClock.now().getTime()) / 1000;
  }

  #isConfirmationDue({ state, pair }: EnrolledNode): boolean {
    return this.#tasks.confirmation.isAllowed && needsConfirmation(state, pair);
  }

  #isRenewalDue(node: EnrolledNode): boolean {
    if (!this.#tasks.renewal.isAllowed) return false;
    // A pending key need not be used before the certificate is due.
    return this.#isTimeGiven ? this.#secondsUntilDue(node) <= 0 : isRenewalDue(node, this.#serviceClock.now());
  }

  async #workWithService(seen: EnrolledNode): Promise<void> {
    const { directoryPath, services } = this.#options;
    await this.#attempt(this.#tasks.locking, "directory_unusable", async () => {
      await withDirectoryLock(services.fileSystem, directoryPath, services.clock, async () => {
        recoverDirectory(seen.directory);
        this.#read();
        // One connection for everything that is due: if it fails, every task fails.
        const client = connectToService(seen.state, services, this.#serviceClock);
        client.catch(() => undefined);
        await this.#fetchInfo(client);
        await this.#confirm(client);
        await this.#renew(client);
        await this.#confirm(client);
      });
    });
  }

  async #fetchInfo(client: Promise<ServiceClient>): Promise<void> {
    const node = this.#node;
    if (node === undefined || !this.#isInfoDue(node)) return;
    const { log } = this.#options;
    await this.#attempt(this.#tasks.renewalInfo, "renewal_info_failed", async () => {
      const now = this.#serviceClock.now();
      const info = await fetchRenewalInfo(node, await client, { mayPostpone: this.#isLate(node), now });
      this.#node = info.node;
      this.#tasks.renewalInfo.succeeded(info.askAgainSeconds);
      const { trustBundleSequence: sequence } = info.node.state;
      if (sequence !== node.state.trustBundleSequence) log("info", "trust_bundle_updated", { sequence });
      if (info.movedBecause !== undefined) this.#renewalMoved(info.node, info.movedBecause);
      this.#clockReport.update();
    });
  }

  /** Earlier failures no longer matter when the service says that there is time. */
  #renewalMoved(node: EnrolledNode, reason: string): void {
    this.#isTimeGiven = true;
    this.#tasks.renewal.succeeded();
    this.#options.log("info", "renewal_moved", { ...certificateFields(node), reason });
  }

  async #confirm(client: Promise<ServiceClient>): Promise<void> {
    const node = this.#node;
    if (node === undefined || !this.#isConfirmationDue(node)) return;
    await this.#attempt(this.#tasks.confirmation, "confirmation_failed", async () => {
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
    if (isRecovery && this.#tasks.renewal.failures === 0) log("warn", "expired", expiryFields(node));
    await this.#attempt(this.#tasks.renewal, isRecovery ? "recovery_failed" : "renewal_failed", async () => {
      const renewalServices = { client: await client, clock, serviceClock: this.#serviceClock };
      this.#node = { ...node, ...(await this.#noting(node, renewCertificate(node, renewalServices))) };
      this.#renewedAt = clock.now();
      log("info", isRecovery ? "recovered" : "renewed", certificateFields(this.#node));
      this.#clockReport.update();
    });
  }

  /** What the service says of the certificate itself is kept, for `status` and `join`. */
  async #noting(node: EnrolledNode, issuance: Promise<Issuance>): Promise<Issuance> {
    try {
      return await issuance;
    } catch (error) {
      const state = withRefusal(node.directory, node.state, node.pair, error, this.#options.services.clock.now());
      this.#node = { ...node, state };
      throw error;
    }
  }

  async #runHook(): Promise<void> {
    const { hook, log, services } = this.#options;
    const node = this.#node;
    if (hook === undefined || node === undefined || !this.#tasks.hook.isAllowed || !isHookDue(node)) return;
    await this.#attempt(this.#tasks.hook, "hook_failed", async () => {
      const failure = await runExecHook(hook, node, services.clock);
      if (failure !== undefined) throw new Error(failure);
      this.#read();
      log("info", "hook_done", { serialNumber: node.pair.leaf.serialNumber });
    });
  }

  /** One attempt at a task. A failure is logged once, with the time of the next attempt. */
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

  #remainingSeconds(): number {
    const notAfter = this.#node?.pair.leaf.notAfter.getTime() ?? 0;
    return (notAfter - this.#serviceClock.now().getTime()) / 1000;
  }

  #pauseSeconds(): number {
    const pauses = [LONGEST_PAUSE_SECONDS, this.#tasks.renewalInfo.secondsLeft];
    const node = this.#node;
    if (node !== undefined) {
      pauses.push(Math.max(this.#secondsUntilDue(node), this.#tasks.renewal.secondsLeft));
      if (needsConfirmation(node.state, node.pair)) pauses.push(this.#tasks.confirmation.secondsLeft);
      if (this.#options.hook !== undefined && isHookDue(node)) pauses.push(this.#tasks.hook.secondsLeft);
    }
    const obstacle = Math.max(this.#tasks.reading.secondsLeft, this.#tasks.locking.secondsLeft);
    // Never a busy loop, even with wrong clocks.
    return Math.max(1, obstacle, Math.min(...pauses));
  }
}

import type { AgentState } from "../../agent/directory/agent-state.ts";
import { pauseSecondsAfter } from "../../agent/issuance/renewal-back-off.ts";
import { withWindow } from "../../agent/issuance/renewal-info.ts";
import { renewalDueAt, type Lifetime } from "../../agent/issuance/renewal-schedule.ts";
import { ConnectionError } from "../../agent/service/service-error.ts";
import type { AuthorityState, TrustBundle } from "../../core/authority/authority.ts";
import type { Reservation } from "../../core/ledger/issuance-record.ts";
import { DEFAULT_POLICY } from "../../core/policy/policy.ts";
import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import { renewalCalendar, type RenewalCalendar } from "../../core/renewal/calendar.ts";
import { suggestRenewal } from "../../core/renewal/suggested-renewal.ts";
import { pollAfterSeconds } from "../../core/renewal/renewal-info.ts";
import { plannedRenewal, recordedWindow } from "../../core/renewal/window.ts";
import { validityOf } from "../../core/certificate/validity.ts";

export interface FleetPlan {
  readonly nodes: number;
  readonly days: number;
  readonly lifetimeSeconds: number;
  /** All boot within this time. */
  readonly joiningSeconds: number;
  readonly outage: { readonly at: number; readonly seconds: number };
  /** When the second generation becomes active, and the first one retiring. */
  readonly authorityChangeAt: number;
}

export interface FleetReport {
  /** Of renewals, by the minute; first certificates are not among them. */
  readonly renewalsByMinute: Int32Array;
  readonly expired: number;
  /** When the last certificate of the first generation was renewed. */
  readonly lastOldRenewalAt: number;
}

/** What a node holds, as the agent keeps it, and what the service's record says. */
interface Machine {
  readonly nodeName: string;
  state: AgentState;
  leaf: Lifetime;
  reservation: Reservation;
  failures: number;
  wakeAt: number;
  pollAt: number;
}

const START = Date.parse("2030-01-01T00:00:00Z");
const dateAt = (seconds: number): Date => new Date(START + seconds * 1000);
const secondsOf = (date: Date): number => (date.getTime() - START) / 1000;
const ISSUER = { notBefore: dateAt(-3600), notAfter: dateAt(1e9) };
const NO_ANSWER = new ConnectionError("cannot reach the service", { isRetryable: true });

/**
 * A fleet in virtual time. What decides is the real code of core (plan, calendar, suggestion, time to ask again) and agent (due
 * time, which window counts, back-off); certificates, transport and files are left out. The service is two instances, nine
 * requests in ten at the first, each replaced every two hours by one that has forgotten its calendar.
 */
export function simulateFleet(plan: FleetPlan): FleetReport {
  const minutes = plan.days * 1440;
  const renewalsByMinute = new Int32Array(minutes);
  const agenda: Machine[][] = Array.from({ length: minutes }, () => []);
  let [expired, lastOldRenewalAt, turn] = [0, 0, 0];
  const instances = new Map<string, RenewalCalendar>();

  const calendarAt = (now: number): RenewalCalendar => {
    const index = turn++ % 10 === 0 ? 1 : 0;
    const name = `${index} of ${Math.floor((now + index * 3600) / 7200)}`;
    const calendar = instances.get(name) ?? renewalCalendar();
    instances.set(name, calendar);
    return calendar;
  };
  const isDown = (now: number): boolean => now >= plan.outage.at && now < plan.outage.at + plan.outage.seconds;
  const activeAt = (now: number): string => (now < plan.authorityChangeAt ? "issuing-g1" : "issuing-g2");

  const issue = (nodeName: string, isFirst: boolean, now: number): Reservation => {
    const validity = validityOf(dateAt(now), plan.lifetimeSeconds, ISSUER);
    const renewAfter = plannedRenewal({ ...validity, at: dateAt(now) }, { nodeName, isFirst }, calendarAt(now));
    const unused = { serialNumber: "0".repeat(32) as Reservation["serialNumber"], tbsCertificate: Buffer.alloc(0) };
    return { ...validity, ...unused, issuerId: activeAt(now), at: dateAt(now), attempts: 1, renewAfter };
  };
  const hold = (machine: Machine, reservation: Reservation): void => {
    const { serialNumber, notBefore, notAfter } = reservation;
    const certificate = {
      serialNumber,
      requestName: "",
      isConfirmed: true,
      ...recordedWindow(reservation, machine.nodeName),
    };
    Object.assign(machine, {
      reservation,
      leaf: { serialNumber, notBefore, notAfter },
      state: { ...machine.state, certificate },
    });
  };
  const askForWindow = (machine: Machine, now: number): void => {
    const { reservation, nodeName } = machine;
    const isRetiring = reservation.issuerId !== activeAt(now);
    const facts = {
      reservation,
      nodeName,
      signerName: KUBELET_CLIENT_SIGNER,
      policy: DEFAULT_POLICY,
      retiringSince: isRetiring ? dateAt(plan.authorityChangeAt) : undefined,
      request: undefined,
    };
    const suggestion = suggestRenewal(facts, calendarAt(now), dateAt(now));
    const retryAfterSeconds = pollAfterSeconds(
      suggestion,
      { bundle: bundleAt(now, plan) },
      { nodeName, notAfter: reservation.notAfter },
      dateAt(now),
    );
    const answer = { ...suggestion, trustBundleSequence: 1, retryAfterSeconds };
    machine.state = withWindow(machine.state, machine.leaf, answer, dateAt(now));
    machine.pollAt = now + retryAfterSeconds;
  };
  const renew = (machine: Machine, now: number): void => {
    const { reservation } = machine;
    if (dateAt(now) > reservation.notAfter) expired++;
    if (reservation.issuerId === "issuing-g1") lastOldRenewalAt = now;
    const minute = Math.floor(now / 60);
    renewalsByMinute[minute] = (renewalsByMinute[minute] ?? 0) + 1;
    hold(machine, issue(machine.nodeName, false, now));
  };

  /** What `NodeKeeper` does when it wakes. @returns when it wakes next */
  const wake = (machine: Machine, now: number): number => {
    const dueAt = secondsOf(renewalDueAt(machine.leaf, machine.state));
    if (isDown(now)) {
      machine.failures++;
      const remaining = secondsOf(machine.leaf.notAfter) - now;
      return now + Math.max(1, pauseSecondsAfter(NO_ANSWER, machine.failures, remaining));
    }
    machine.failures = 0;
    if (dueAt > now || now - dueAt > 60) askForWindow(machine, now);
    if (secondsOf(renewalDueAt(machine.leaf, machine.state)) <= now) renew(machine, now);
    return Math.max(now + 1, Math.min(secondsOf(renewalDueAt(machine.leaf, machine.state)), machine.pollAt));
  };

  for (const machine of bootedFleet(plan)) agenda[Math.floor(machine.wakeAt / 60)]?.push(machine);
  for (let minute = 0; minute < minutes; minute++) {
    const today = agenda[minute] ?? [];
    while (today.length > 0) {
      for (const machine of today.splice(0).sort((one, other) => one.wakeAt - other.wakeAt)) {
        const now = machine.wakeAt;
        if (machine.reservation.attempts === 0) {
          hold(machine, issue(machine.nodeName, true, now));
          machine.pollAt = now + 6 * 3600;
        }
        machine.wakeAt = wake(machine, now);
        agenda[Math.floor(machine.wakeAt / 60)]?.push(machine);
      }
    }
    agenda[minute] = [];
  }
  return { renewalsByMinute, expired, lastOldRenewalAt };
}

function bundleAt(now: number, { authorityChangeAt }: FleetPlan): TrustBundle {
  const state: AuthorityState = now < authorityChangeAt ? "active" : "retiring";
  return {
    sequence: 1,
    authorities: [{ id: "issuing-g1", role: "issuing", state, certificate: Buffer.alloc(0), keyArn: "" }],
  };
}

/** Nodes that have not joined yet: their records have no attempt. */
function bootedFleet({ nodes, joiningSeconds }: FleetPlan): Machine[] {
  return Array.from({ length: nodes }, (_, index) => {
    const nodeName = `ip-10-${index >> 16}-${(index >> 8) & 255}-${index & 255}.ec2.internal`;
    const service = { url: "https://nodeseal.example/", caCertHashes: [] };
    const state = { service, nodeName, prefix: "kubelet-client", keyType: "P-256" as const, pairFiles: [] };
    const leaf = { serialNumber: "", notBefore: dateAt(0), notAfter: dateAt(0) };
    const reservation = {
      ...leaf,
      serialNumber: "0".repeat(32) as Reservation["serialNumber"],
      tbsCertificate: Buffer.alloc(0),
      issuerId: "",
      at: dateAt(0),
      attempts: 0,
    };
    return { nodeName, state, leaf, reservation, failures: 0, wakeAt: (index / nodes) * joiningSeconds, pollAt: 0 };
  });
}

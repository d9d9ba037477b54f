import { messageOf } from "../program/agent-error.ts";
import { AGENT_VERSION } from "../program/agent-version.ts";
import type { Health } from "../directory/health-file.ts";
import type { EnrolledNode } from "../issuance/enrolled-node.ts";
import type { EventFields } from "../output/event-log.ts";
import type { RecurringTask } from "./recurring-task.ts";
import { renewalDueAt } from "../issuance/renewal-schedule.ts";
import { isRefusal, refusalCodeOf } from "../service/service-error.ts";

export interface NodeObservation {
  readonly node: EnrolledNode | undefined;
  readonly renewal: RecurringTask;
  /** The tasks that may have failed, the most informative first. */
  readonly tasks: readonly RecurringTask[];
  readonly isDirectoryUsable: boolean;
  readonly renewedAt: Date | undefined;
  readonly clockOffsetSeconds: number | undefined;
  /** This machine's clock. */
  readonly checkedAt: Date;
  /** The service's clock, as far as it is known. */
  readonly now: Date;
}

/** What an event says about a certificate. */
export function certificateFields({ pair: { leaf }, state }: EnrolledNode): EventFields {
  return {
    node: state.nodeName,
    serialNumber: leaf.serialNumber,
    notAfter: leaf.notAfter,
    nextRenewal: renewalDueAt(leaf, state),
  };
}

/** The health of `run`, for the health file. */
export function healthOf(observation: NodeObservation): Health {
  const { node, renewal, tasks, checkedAt, renewedAt, clockOffsetSeconds } = observation;
  const problem = tasks.find(({ error }) => error !== undefined)?.error;
  return {
    status: statusOf(observation),
    checkedAt,
    nodeName: node?.state.nodeName,
    serialNumber: node?.pair.leaf.serialNumber,
    notAfter: node?.pair.leaf.notAfter,
    nextRenewal: node && renewalDueAt(node.pair.leaf, node.state),
    renewedAt,
    failures: renewal.failures,
    error: problem === undefined ? undefined : messageOf(problem),
    refusalCode: refusalCodeOf(problem),
    trustBundleSequence: node?.state.trustBundleSequence,
    clockOffsetSeconds,
    agentVersion: AGENT_VERSION,
    pid: process.pid,
  };
}

function statusOf({ node, renewal, isDirectoryUsable, now }: NodeObservation): Health["status"] {
  if (node === undefined || !isDirectoryUsable) return "unusable";
  if (node.pair.leaf.notAfter < now) return "expired";
  if (isRefusal(renewal.error)) return "refused";
  return renewal.failures > 0 ? "retrying" : "ok";
}

import type { Authority, TrustBundle } from "../authority.ts";
import { isRoot } from "../path.ts";
import type { AuthorityPlan } from "../plan.ts";
import { activated, faultOfActivation, faultOfRetirement, retired, sequenceToWaitFor } from "../transition.ts";
import type { ChangeOutcome, ChangeRequest } from "../change-request.ts";
import { certificateInUse, type SearchPosition } from "../../ledger/certificate-in-use.ts";
import { parseCertificate } from "../../certificate/certificate.ts";
import type { AuthorityServices } from "./certify-authority.ts";
import { nodesBehind } from "../fleet-trust.ts";
import { faultOfKey, faultOfPreparation, prepareAuthority } from "./prepare-authority.ts";
import {
  plainTime,
  waitBeforeRetiring,
  waitBeforeSigning,
  type PublicationServices,
  type ValidatorWait,
} from "./validators-ready.ts";
import { LONGEST_LIFETIME_SECONDS } from "../../policy/policy.ts";
import type { IssuanceLedger } from "../../ledger/issuance-ledger.ts";
import type { NodeStore } from "../../ledger/node-store.ts";

/** What has become of a change request. A change is not made here: the caller writes the bundle, and then says `done`. */
export type ChangeVerdict =
  | { readonly verdict: "done" | "refused"; readonly reason: string }
  | {
      readonly verdict: "held";
      readonly reason: string;
      readonly recheckAt: Date;
      readonly searchedTo?: SearchPosition | undefined;
    }
  | { readonly verdict: "change"; readonly authorities: readonly Authority[] };

export interface ChangeServices extends AuthorityServices, PublicationServices {
  readonly nodes: Pick<NodeStore, "list" | "read">;
  readonly ledger: Pick<IssuanceLedger, "listCertificates">;
}

/** A part of what a function has for its whole reconciliation (300 s). */
const SEARCH_SECONDS = 60;

/** A kubelet looks for another certificate every five minutes (client-go's `CertCallbackRefreshDuration`). */
const LINGER_SECONDS = 360;

/**
 * Judges a change request by the bundle, the fleet and the inventory as they are, whoever wrote it and whatever they checked. Asked
 * again after the bundle was written, it answers `done`: a crash between bundle and outcome repeats nothing.
 *
 * @param earlier what it came to before, while it was held
 */
export async function judgeChange(
  services: ChangeServices,
  plan: AuthorityPlan,
  bundle: TrustBundle,
  changeRequest: ChangeRequest,
  earlier?: ChangeOutcome,
): Promise<ChangeVerdict> {
  const current = bundle.authorities.find(({ id }) => id === changeRequest.authorityId);
  switch (changeRequest.act) {
    case "prepare":
      return grantPreparation(services, plan, bundle, changeRequest, current);
    case "activate":
      return grantActivation(services, plan, bundle, changeRequest, current);
    case "retire":
      return grantRetirement(services, plan, bundle, changeRequest, current, earlier?.searchedTo);
  }
}

async function grantPreparation(
  services: ChangeServices,
  plan: AuthorityPlan,
  bundle: TrustBundle,
  { authorityId }: ChangeRequest,
  current: Authority | undefined,
): Promise<ChangeVerdict> {
  if (current !== undefined) return done(`${authorityId} is ${current.state}`);
  const fault = faultOfPreparation(bundle, plan, authorityId);
  if (fault !== undefined) return refused(fault);
  return { verdict: "change", authorities: await prepareAuthority(services, plan, bundle, authorityId) };
}

async function grantActivation(
  services: ChangeServices,
  plan: AuthorityPlan,
  bundle: TrustBundle,
  { authorityId, isForced }: ChangeRequest,
  current: Authority | undefined,
): Promise<ChangeVerdict> {
  if (current?.state === "active") return done(`${authorityId} is active`);
  const now = services.clock();
  const fault = faultOfActivation(bundle, authorityId, now);
  if (fault !== undefined || current === undefined) return refused(fault ?? `there is no ${authorityId}`);
  const keyless = faultOfKey(plan, authorityId);
  if (keyless !== undefined) return refused(keyless);
  const sequence = isForced ? undefined : sequenceToWaitFor(bundle, current);
  if (sequence !== undefined) {
    const { behind, hasMore } = await nodesBehind(services.nodes, sequence, now);
    if (behind.length > 0) {
      return held(
        services,
        plan,
        `${isRoot(current) ? "it" : "its root"} is in trust bundle ${sequence}, which these nodes have not reported: ${behind.join(", ")}${hasMore ? " and more" : ""}; --force leaves them behind`,
      );
    }
  }
  const wait = isForced ? undefined : await waitBeforeSigning(services, plan, current);
  if (wait !== undefined) return heldUntil(services, plan, wait);
  return { verdict: "change", authorities: activated(bundle, authorityId, now) };
}

async function grantRetirement(
  services: ChangeServices,
  plan: AuthorityPlan,
  bundle: TrustBundle,
  { authorityId, isForced, askedBy, secondedBy }: ChangeRequest,
  current: Authority | undefined,
  searchedTo: SearchPosition | undefined,
): Promise<ChangeVerdict> {
  if (current?.state === "retired") return done(`${authorityId} is retired`);
  const fault = faultOfRetirement(bundle, authorityId);
  if (fault !== undefined || current === undefined) return refused(fault ?? `there is no ${authorityId}`);
  if (isForced && plan.forcedRetirementTakesTwo && secondedBy === undefined)
    return {
      verdict: "held",
      reason: `asked by ${askedBy} alone; it takes the word of a second administrator (authority.forcedRetirementTakesTwo): nodeseal ca retire ${authorityId} --force, as another role or user`,
      recheckAt: services.clock(),
    };
  const wait = isForced ? undefined : waitBeforeRetiring(services, plan, current);
  if (wait !== undefined) return heldUntil(services, plan, wait);
  if (!isForced && current.role === "issuing") {
    const now = services.clock();
    const { notAfter } = parseCertificate(current.certificate);
    const longest = now.getTime() + LONGEST_LIFETIME_SECONDS * 1000;
    const until = new Date(Math.min(notAfter.getTime(), longest));
    const { recoveryWindowSeconds, validatorWaitSeconds } = plan;
    const question = {
      ...{ issuerId: authorityId, until, from: searchedTo, recoveryWindowSeconds, mostSeconds: SEARCH_SECONDS },
      lingerSeconds: Math.min(LINGER_SECONDS, validatorWaitSeconds),
    };
    const { found, stoppedAt } = await certificateInUse(services, question);
    if (found?.lingersUntil !== undefined)
      return heldUntil(services, plan, {
        reason: `${found.nodeName} has only just replaced certificate ${found.serialNumber} of it; programs there may go on with it until ${plainTime(found.lingersUntil)}; --force makes it worthless`,
        until: found.lingersUntil,
      });
    if (found !== undefined) {
      const { nodeName, serialNumber, notAfter, recoverableUntil } = found;
      const use =
        recoverableUntil === undefined
          ? `${nodeName} still uses certificate ${serialNumber} of it, which expires at ${notAfter.toISOString()}; --force makes it worthless`
          : `${nodeName} is off, and may come back until ${recoverableUntil.toISOString()} with certificate ${serialNumber} of it, which has expired; nodeseal node release ${nodeName} if it never will; --force makes it worthless`;
      return held(services, plan, use);
    }
    if (stoppedAt !== undefined) {
      const day = stoppedAt.day.toISOString().slice(0, 10);
      const reason = `its certificates are being looked through, back to those that expire on ${day} so far; the next reconciliation goes on`;
      return { verdict: "held", reason, recheckAt: now, searchedTo: stoppedAt };
    }
  }
  return { verdict: "change", authorities: retired(bundle, authorityId, services.clock()) };
}

function done(reason: string): ChangeVerdict {
  return { verdict: "done", reason };
}

function refused(reason: string): ChangeVerdict {
  return { verdict: "refused", reason };
}

/** Looked at again when its time has come, or soon where something is missing that a reconciliation makes. */
function heldUntil({ clock }: ChangeServices, plan: AuthorityPlan, { reason, until }: ValidatorWait): ChangeVerdict {
  const soon = clock();
  const latest = new Date(soon.getTime() + plan.recheckSeconds * 1000);
  return { verdict: "held", reason, recheckAt: until === undefined ? soon : until < latest ? until : latest };
}

function held({ clock }: ChangeServices, { recheckSeconds }: AuthorityPlan, reason: string): ChangeVerdict {
  return { verdict: "held", reason, recheckAt: new Date(clock().getTime() + recheckSeconds * 1000) };
}

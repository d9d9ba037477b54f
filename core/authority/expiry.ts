import type { Authority, TrustBundle } from "./authority.ts";
import { isRoot } from "./path.ts";
import type { AuthorityPlan } from "./plan.ts";
import type { AuditEvent } from "../audit/audit-event.ts";
import { parseCertificate } from "../certificate/certificate.ts";

const DAY_MS = 24 * 3600 * 1000;

/** How long before certificates are cut short by their CA's end an operator is told. */
export const ISSUING_NOTICE_DAYS = 30;
/** A new root takes longer: the whole fleet must hold it before it can be used. */
const ROOT_NOTICE_DAYS = 180;

/** A CA that signs no whole lifetime any more, or will soon not. */
export function expiresSoon(
  authority: Authority,
  plan: Pick<AuthorityPlan, "longestLifetimeSeconds">,
  now: Date,
  noticeDays = noticeDaysOf(authority),
): boolean {
  const noticeMs = noticeDays * DAY_MS + plan.longestLifetimeSeconds * 1000;
  return parseCertificate(authority.certificate).notAfter.getTime() - now.getTime() < noticeMs;
}

function noticeDaysOf(authority: Authority): number {
  return authority.role === "root" || isRoot(authority) ? ROOT_NOTICE_DAYS : ISSUING_NOTICE_DAYS;
}

/** One line for each CA that is not retired, and another for each active one whose end is near. */
export function authorityExpiryEvents(bundle: TrustBundle, plan: AuthorityPlan, now: Date): readonly AuditEvent[] {
  return bundle.authorities
    .filter(({ state }) => state !== "retired")
    .flatMap((authority) => {
      const { notAfter } = parseCertificate(authority.certificate);
      const fields = {
        authorityId: authority.id,
        authorityState: authority.state,
        notAfter: notAfter.toISOString(),
        // Rounded down: 0.9 days are no day left.
        daysLeft: Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS),
      };
      const isUrgent = authority.state === "active" && expiresSoon(authority, plan, now);
      return [
        { event: "authority_days_left" as const, ...fields },
        ...(isUrgent ? [{ event: "authority_expires_soon" as const, ...fields }] : []),
      ];
    });
}

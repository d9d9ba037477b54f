import type { TrustBundle } from "../authority/authority.ts";
import type { IssuanceRecord } from "../ledger/issuance-record.ts";

/** CAs that nobody trusts any more: what they signed is worthless, whatever its own record says. */
export function retiredIssuers({ authorities }: Pick<TrustBundle, "authorities">): ReadonlySet<string> {
  return new Set(
    authorities.filter(({ role, state }) => role === "issuing" && state === "retired").map(({ id }) => id),
  );
}

/** Whether a certificate is one of a CA that was retired. */
export function isStranded(record: IssuanceRecord | undefined, retired: ReadonlySet<string>): boolean {
  return record?.reservation !== undefined && retired.has(record.reservation.issuerId);
}

/** When a certificate is valid. Both ends are whole seconds, and both are included (RFC 5280 section 4.1.2.5). */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Clocks of fresh machines may be late. Kubernetes backdates by as much (csrsigning, PermissiveSigningPolicy). */
export const BACKDATE_SECONDS = 5 * 60;

/**
 * The latest time at which a certificate was issued. Its validity gives no better answer: the start of a young CA cuts
 * the backdating short, and a validity has whole seconds.
 */
export function latestIssueOf({ notBefore }: Pick<Validity, "notBefore">): Date {
  return new Date(notBefore.getTime() + (BACKDATE_SECONDS + 1) * 1000);
}

/** From this lifetime on, Kubernetes takes the backdate off the end. */
const SHORT_LIFETIME_SECONDS = 8 * 3600;

/** Kubernetes' minimum of `expirationSeconds`. */
export const MIN_LIFETIME_SECONDS = 600;

export interface LifetimeLimits {
  readonly defaultLifetimeSeconds: number;
  readonly maxLifetimeSeconds: number;
}

/** The requested lifetime, or the default, limited to the maximum. */
export function lifetimeSecondsOf(
  requestedSeconds: number | undefined,
  { defaultLifetimeSeconds, maxLifetimeSeconds }: LifetimeLimits,
): number {
  return Math.min(requestedSeconds ?? defaultLifetimeSeconds, maxLifetimeSeconds);
}

/**
 * Kubernetes' validity (K6), clamped to the issuer's: backdated five minutes, never before or beyond the issuer's.
 *
 * @throws Error when the issuer has expired or is not valid yet: the service's fault, not the caller's
 */
export function validityOf(now: Date, lifetimeSeconds: number, issuer: Validity): Validity {
  const nowSeconds = Math.floor(now.getTime() / 1000);
  const endSeconds = nowSeconds + lifetimeSeconds - (lifetimeSeconds < SHORT_LIFETIME_SECONDS ? 0 : BACKDATE_SECONDS);
  const notBefore = new Date(Math.max((nowSeconds - BACKDATE_SECONDS) * 1000, issuer.notBefore.getTime()));
  const notAfter = new Date(Math.min(endSeconds * 1000, issuer.notAfter.getTime()));
  if (now.getTime() >= issuer.notAfter.getTime())
    throw new Error(`the issuing CA expired at ${issuer.notAfter.toISOString()}`);
  if (now.getTime() < issuer.notBefore.getTime())
    throw new Error(`the issuing CA is not valid before ${issuer.notBefore.toISOString()}`);
  return { notBefore, notAfter };
}

export interface RenewalWindow {
  readonly renewAfter: Date;
  readonly renewBefore: Date;
}

/** The window of Kubernetes' certificate manager: 70 to 90 percent of the lifetime (K8.1). */
const RENEW_FROM = 0.7;
const RENEW_UNTIL = 0.9;

/**
 * When a node should renew. `spread` in [0, 1), derived from the node's name, places it in the window: the fleet is
 * even, and a node keeps its place. The last tenth is left for retries.
 */
export function renewalWindow({ notBefore, notAfter }: Validity, spread: number): RenewalWindow {
  const start = notBefore.getTime();
  const total = notAfter.getTime() - start;
  const at = (share: number): Date => new Date(Math.floor((start + total * share) / 1000) * 1000);
  return { renewAfter: at(RENEW_FROM + (RENEW_UNTIL - RENEW_FROM) * spread), renewBefore: at(RENEW_UNTIL) };
}

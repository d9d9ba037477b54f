import type { X509Certificate } from "node:crypto";
import { caCertHashOf, type TrustBundle } from "../certificate/trust-bundle.ts";
import { AgentError } from "../program/agent-error.ts";

/** A service has a handful. */
const MOST_AUTHORITIES = 64;

/**
 * Checks what the service says is its trust bundle: each CA whose issuer is in it must have been signed by that one.
 *
 * @param known the bundle that this machine saw before; one without any of its CAs is another service's
 * @throws AgentError
 */
export function assertCredible({ sequence, authorities }: TrustBundle, known: TrustBundle | undefined): void {
  if (authorities.length > MOST_AUTHORITIES)
    throw new AgentError(
      `the service's trust bundle has ${authorities.length} CAs, at most ${MOST_AUTHORITIES} are taken`,
    );
  for (const one of authorities) {
    const issuers = authorities.filter((other) => one.checkIssued(other));
    if (issuers.length > 0 && !issuers.some((issuer) => isSignedBy(one, issuer)))
      throw new AgentError(`the service's trust bundle holds a CA with a wrong signature: ${describe(one)}`);
  }
  if (known === undefined) return;
  if (sequence < known.sequence)
    throw new AgentError(
      `the service offers trust bundle ${sequence}, this machine has already seen ${known.sequence}: an old one is not ` +
        "taken; if the service was set up anew, give another --dir",
    );
  if (
    sequence === known.sequence ? !isSame(authorities, known.authorities) : !isRelated(authorities, known.authorities)
  )
    throw new AgentError(
      `the service's trust bundle ${sequence} does not follow on bundle ${known.sequence}, which this machine has: it may be ` +
        "another service's; if the service was set up anew, give another --dir",
    );
}

/**
 * Those that are among the anchors, or that one of those has signed, by however many steps.
 *
 * @param anchors whether a CA is believed by itself
 */
export function belowAnchors(
  authorities: readonly X509Certificate[],
  anchors: (authority: X509Certificate) => boolean,
): readonly X509Certificate[] {
  const believed = authorities.filter(anchors);
  // The list grows while it is gone through.
  for (const issuer of believed) {
    const next = authorities.filter(
      (one) => !believed.includes(one) && one.checkIssued(issuer) && isSignedBy(one, issuer),
    );
    believed.push(...next);
  }
  return authorities.filter((one) => believed.includes(one));
}

export function describe(authority: X509Certificate): string {
  return `${authority.subject.split("\n").join(", ")} (${caCertHashOf(authority)})`;
}

export function includes(authorities: readonly X509Certificate[], wanted: X509Certificate): boolean {
  return authorities.some(({ raw }) => raw.equals(wanted.raw));
}

function isSame(some: readonly X509Certificate[], others: readonly X509Certificate[]): boolean {
  return some.length === others.length && some.every((one) => includes(others, one));
}

/** A root is replaced in steps: at each of them one stays. */
function isRelated(some: readonly X509Certificate[], others: readonly X509Certificate[]): boolean {
  return some.some((one) => includes(others, one));
}

/** Node.js 20 knows no ML-DSA, and says so by an error. */
function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

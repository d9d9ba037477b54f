import type { Authority, AuthorityState, TrustBundle } from "../authority/authority.ts";
import { parseCertificate } from "../certificate/certificate.ts";
import { MOST_ANCHOR_CERTIFICATES } from "./roles-anywhere.ts";

export interface AnchoredAuthorities {
  readonly anchored: readonly Authority[];
  /** Still trusted by everybody else, and without a place: Roles Anywhere refuses the machines that have their certificates. */
  readonly leftOut: readonly Authority[];
}

/**
 * The issuing CAs that the trust anchor has: themselves, and not their root, for nodeadm sends a certificate without
 * the CAs above it. With the root in its place a retired issuing CA would go on being believed, too.
 */
export function anchoredAuthorities({ authorities }: Pick<TrustBundle, "authorities">, now: Date): AnchoredAuthorities {
  const ofState = (wanted: AuthorityState): Authority[] =>
    authorities
      .filter(({ role, state }) => role === "issuing" && state === wanted)
      .filter(({ certificate }) => now < parseCertificate(certificate).notAfter);
  // A bundle has its generations in the order in which they were made. Of the retiring ones the latest has the most
  // certificates in use, of the prepared ones the first is the next to sign.
  const trusted = [...ofState("active"), ...ofState("retiring").reverse(), ...ofState("prepared")];
  return {
    anchored: trusted.slice(0, MOST_ANCHOR_CERTIFICATES),
    // One that is prepared has signed nothing yet: it gets its place when it signs.
    leftOut: trusted.slice(MOST_ANCHOR_CERTIFICATES).filter(({ state }) => state !== "prepared"),
  };
}

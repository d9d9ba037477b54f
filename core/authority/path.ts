import { isSelfIssued, KEY_ELSEWHERE, type Authority, type TrustBundle } from "./authority.ts";
import type { AuthorityHierarchy } from "./plan.ts";
import { parseCertificate } from "../certificate/certificate.ts";

/*
 * Who is above whom in a bundle. Every CA has a subject of its own there, so that an issuer is found by its name.
 */

type Authorities = Pick<TrustBundle, "authorities">;

/** Its own issuer: what verifiers begin with. */
export function isRoot({ certificate }: Pick<Authority, "certificate">): boolean {
  return isSelfIssued(parseCertificate(certificate));
}

/** From its issuer up to the root, as far as they are in the bundle. */
export function casAbove(bundle: Authorities, authority: Authority): readonly Authority[] {
  const above: Authority[] = [];
  let current = authority;
  while (!isRoot(current)) {
    const issuer = issuerIn(bundle, current);
    // CAs from outside could form a circle.
    if (issuer === undefined || above.includes(issuer)) return above;
    above.push(issuer);
    current = issuer;
  }
  return above;
}

/** The root a CA ends in; itself for a root. Undefined when it is not in the bundle. */
export function rootOf(bundle: Authorities, authority: Authority): Authority | undefined {
  const top = casAbove(bundle, authority).at(-1) ?? authority;
  return isRoot(top) ? top : undefined;
}

/** The one that operators pin: of several active CAs, the one at the top. In a single-tier hierarchy that is the issuing CA itself. */
export function activeRoot({ authorities }: Authorities): Authority | undefined {
  return authorities.find((one) => one.state === "active" && isRoot(one));
}

/** @returns undefined when the bundle was made under this hierarchy: what nodes trust does not change by a configuration */
export function faultOfHierarchy({ authorities }: Authorities, planned: AuthorityHierarchy): string | undefined {
  const made = hierarchyOf(authorities);
  if (made === planned) return undefined;
  return `${HIERARCHIES[made]}: authority.hierarchy must stay "${made}", got "${planned}"`;
}

/** @throws Error as `faultOfHierarchy` says */
export function assertHierarchy(bundle: Authorities, planned: AuthorityHierarchy): void {
  const fault = faultOfHierarchy(bundle, planned);
  if (fault !== undefined) throw new Error(fault);
}

const HIERARCHIES: Readonly<Record<AuthorityHierarchy, string>> = {
  own: "this cluster has a root of its own",
  single: "this cluster's issuing CA is its own root",
  external: "this cluster's issuing CA was signed by an external CA",
};

function hierarchyOf(authorities: readonly Authority[]): AuthorityHierarchy {
  if (authorities.some(({ keyArn }) => keyArn === KEY_ELSEWHERE)) return "external";
  return authorities.some((one) => one.role === "issuing" && isRoot(one)) ? "single" : "own";
}

function issuerIn({ authorities }: Authorities, { certificate }: Authority): Authority | undefined {
  const { issuerName } = parseCertificate(certificate);
  return authorities.find(
    (one) => one.role === "root" && Buffer.compare(parseCertificate(one.certificate).subjectName, issuerName) === 0,
  );
}

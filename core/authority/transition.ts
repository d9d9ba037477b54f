import { activeAuthority, trustedAuthorities, type Authority, type TrustBundle } from "./authority.ts";
import { casAbove, isRoot, rootOf } from "./path.ts";
import { parseCertificate } from "../certificate/certificate.ts";

/*
 * The steps of a CA's life: prepared → active → retiring → retired, and back from retiring to active for those who
 * find the next one wanting. Pure; each fault says what to do instead.
 */

type Authorities = Pick<TrustBundle, "authorities">;

/** @returns undefined when this CA may become the active one of its role */
export function faultOfActivation(bundle: Authorities, id: string, now: Date): string | undefined {
  const authority = bundle.authorities.find((one) => one.id === id);
  if (authority === undefined) return unknown(bundle, id);
  if (authority.state === "retired") return `${id} is retired, and its certificates with it; prepare another`;
  const { notBefore, notAfter } = parseCertificate(authority.certificate);
  if (now < notBefore || now >= notAfter)
    return `${id} is valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}, not now`;
  if (authority.role === "root" && !isRoot(authority))
    return `${id} is a CA between a root and issuing CAs; activate the issuing CA below it`;
  const isForgotten = casAbove(bundle, authority).some(({ state }) => state === "retired");
  return rootOf(bundle, authority) === undefined || isForgotten
    ? `the root of ${id} is retired; prepare another`
    : undefined;
}

/** It becomes active, and so does its root if that was prepared; what was active retires. */
export function activated(bundle: Authorities, id: string, now: Date): readonly Authority[] {
  const authority = bundle.authorities.find((one) => one.id === id);
  const root = authority === undefined ? undefined : rootOf(bundle, authority);
  const rising = new Set([id, ...(root?.state === "prepared" ? [root.id] : [])]);
  const roles = new Set(bundle.authorities.filter((one) => rising.has(one.id)).map(({ role }) => role));
  const authorities = bundle.authorities.map((one): Authority => {
    if (rising.has(one.id)) return inState(one, "active", now);
    return one.state === "active" && roles.has(one.role) ? inState(one, "retiring", now) : one;
  });
  return withCasBetween({ authorities }, now);
}

/** CAs between a root and issuing CAs are active while the active issuing CA is below them. */
export function withCasBetween(bundle: Authorities, now: Date): readonly Authority[] {
  const issuing = activeAuthority(bundle, "issuing");
  const above = issuing === undefined ? [] : casAbove(bundle, issuing);
  return bundle.authorities.map((one) => {
    if (one.role !== "root" || isRoot(one) || one.state === "retired") return one;
    if (above.includes(one)) return inState(one, "active", now);
    return one.state === "active" ? inState(one, "retiring", now) : one;
  });
}

function inState(authority: Authority, state: Authority["state"], now: Date): Authority {
  return authority.state === state ? authority : { ...authority, state, stateSince: now };
}

/** The certificates in use are another question. @returns undefined when this CA may be forgotten as far as the bundle goes */
export function faultOfRetirement(bundle: Authorities, id: string): string | undefined {
  const authority = bundle.authorities.find((one) => one.id === id);
  if (authority === undefined) return unknown(bundle, id);
  if (authority.state === "active") return `${id} is active; activate another first: nodeseal ca prepare`;
  const below = trustedAuthorities(bundle).filter((one) => casAbove(bundle, one).includes(authority));
  if (below.length === 0) return undefined;
  return `${id} is above ${below.map((one) => one.id).join(", ")}; retire these first`;
}

export function retired(bundle: Authorities, id: string, now: Date): readonly Authority[] {
  return bundle.authorities.map((one) => (one.id === id ? { ...one, state: "retired", stateSince: now } : one));
}

/**
 * The bundle that every node must hold before this CA may sign: the one that first carried its root, unless that root
 * has been in use. A new issuing CA under a known root needs nobody's consent: its certificate travels with each leaf.
 */
export function sequenceToWaitFor(bundle: Authorities, authority: Authority): number | undefined {
  if (activeAuthority(bundle, authority.role) === undefined) return undefined;
  const root = rootOf(bundle, authority);
  return root?.state === "prepared" ? (root.sinceSequence ?? 1) : undefined;
}

function unknown({ authorities }: Authorities, id: string): string {
  return `there is no CA generation ${JSON.stringify(id)}; there are ${authorities.map((one) => one.id).join(", ") || "none"}`;
}

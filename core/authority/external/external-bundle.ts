import { activeAuthority, isSelfIssued, KEY_ELSEWHERE, type Authority, type TrustBundle } from "../authority.ts";
import { nextAuthorityId } from "../generation.ts";
import { rootOf } from "../path.ts";
import type { AuthorityPlan } from "../plan.ts";
import { activated, withCasBetween } from "../transition.ts";
import { parseCertificate, type Certificate } from "../../certificate/certificate.ts";
import type { Der } from "../../asn1/der.ts";
import { faultOfPath, nameOf, type TrustAnchors } from "./external-ca.ts";

/*
 * What a bundle becomes by the certificates of a deployment. Nothing is taken away, and of two certificates of one CA the
 * one that ends later stays: so a deployment that is rolled back or made again changes nothing.
 */

/** An issuing CA's certificate that is known to be for this key. */
export interface ExternalIssuing {
  readonly id: string;
  readonly keyArn: string;
  readonly certificate: Certificate;
}

type Authorities = readonly Authority[];

/** @throws Error when a certificate cannot be used */
export function withExternalCas(
  existing: TrustBundle | undefined,
  anchors: TrustAnchors,
  issuing: readonly ExternalIssuing[],
  plan: AuthorityPlan,
  now: Date,
): Authorities {
  const added = { state: "prepared", stateSince: now, sinceSequence: (existing?.sequence ?? 0) + 1 } as const;
  let authorities = existing?.authorities ?? [];
  for (const anchor of anchors) authorities = withAnchor(authorities, anchor, added);
  for (const one of issuing) authorities = withIssuing(authorities, one, added, plan, now);
  assertPaths(authorities);
  const [first] = issuing;
  // The first of a cluster signs at once; there is nobody who could be left behind.
  const isFirst = first !== undefined && activeAuthority({ authorities }, "issuing") === undefined;
  return isFirst ? activated({ authorities }, first.id, now) : withCasBetween({ authorities }, now);
}

type Added = Pick<Authority, "state" | "stateSince" | "sinceSequence">;

function withAnchor(authorities: Authorities, anchor: Certificate, added: Added): Authorities {
  const known = authorities.find(
    ({ role, certificate }) => role === "root" && isSame(parseCertificate(certificate).subjectName, anchor.subjectName),
  );
  if (known === undefined) {
    const id = nextAuthorityId({ authorities }, "root");
    return [...authorities, { id, role: "root", keyArn: KEY_ELSEWHERE, certificate: anchor.der, ...added }];
  }
  const before = parseCertificate(known.certificate);
  // Chains are found by name: two roots of one name would be taken for each other.
  if (isSelfIssued(anchor) && !isSame(before.spki, anchor.spki))
    throw new Error(
      `authority.externalRootFiles holds another ${nameOf(anchor)} than ${known.id}: a new root needs a subject of its own`,
    );
  const isReplaced = known.state !== "retired" && anchor.notAfter > before.notAfter;
  return isReplaced ? withCertificate(authorities, known.id, anchor.der) : authorities;
}

function withIssuing(
  authorities: Authorities,
  one: ExternalIssuing,
  added: Added,
  plan: AuthorityPlan,
  now: Date,
): Authorities {
  const { id, keyArn, certificate } = one;
  const installed = authorities.find((other) => other.id === id);
  if (installed !== undefined && certificate.notAfter <= parseCertificate(installed.certificate).notAfter)
    return authorities;
  const fault =
    faultOfTime(certificate, plan, now) ??
    (installed === undefined ? faultOfIdentity(authorities, certificate) : faultOfRenewal(certificate, installed)) ??
    faultOfRoot(authorities, one, installed);
  if (fault !== undefined) throw unusable(id, fault);
  if (installed !== undefined) return withCertificate(authorities, id, certificate.der);
  return [...authorities, { id, role: "issuing", keyArn, certificate: certificate.der, ...added }];
}

export function unusable(id: string, fault: string): Error {
  return new Error(`the certificate of ${id} ${fault}`);
}

function faultOfTime({ notBefore, notAfter }: Certificate, plan: AuthorityPlan, now: Date): string | undefined {
  if (now < notBefore) return `is not valid before ${notBefore.toISOString()}`;
  if (now >= notAfter) return `has expired at ${notAfter.toISOString()}`;
  const leftSeconds = Math.floor((notAfter.getTime() - now.getTime()) / 1000);
  if (leftSeconds >= plan.longestLifetimeSeconds) return undefined;
  return `is valid for ${leftSeconds} s more, and the policy lets certificates live ${plan.longestLifetimeSeconds} s: let it be signed for longer, or lower maxLifetimeSeconds`;
}

/** Of a new generation: verifiers tell CAs apart by subject and by subject key identifier. */
function faultOfIdentity(authorities: Authorities, certificate: Certificate): string | undefined {
  const same = authorities.find((one) => {
    const { subjectName, subjectKeyId } = parseCertificate(one.certificate);
    return isSame(subjectName, certificate.subjectName) || isSame(subjectKeyId, certificate.subjectKeyId);
  });
  return same && `has the subject or the subject key identifier of ${same.id}: each CA has its own`;
}

/** Certificates in the field name the CA by both: another name or identifier would cut them off. */
function faultOfRenewal(certificate: Certificate, installed: Authority): string | undefined {
  if (installed.state === "retired") return `is for a CA that is retired: leave it out`;
  const { subjectName, subjectKeyId } = parseCertificate(installed.certificate);
  return isSame(subjectName, certificate.subjectName) && isSame(subjectKeyId, certificate.subjectKeyId)
    ? undefined
    : "must have the subject and the subject key identifier of the one it replaces";
}

/** A CA in use must not lead to a root before the fleet trusts that one. */
function faultOfRoot(
  authorities: Authorities,
  { id, keyArn, certificate }: ExternalIssuing,
  installed: Authority | undefined,
): string | undefined {
  const candidate: Authority = { id, role: "issuing", state: "prepared", keyArn, certificate: certificate.der };
  const root = rootOf({ authorities }, candidate);
  if (root?.state === "retired") return `leads to ${root.id}, which is retired`;
  const isInUse = installed !== undefined && installed.state !== "prepared";
  return isInUse && root?.state === "prepared"
    ? `leads to ${root.id}, which is not active yet; first: nodeseal ca activate ${root.id}`
    : undefined;
}

function withCertificate(authorities: Authorities, id: string, certificate: Der): Authorities {
  return authorities.map((one) => (one.id === id ? { ...one, certificate } : one));
}

/** Of what will be in the bundle, not of what the deployment brings: the two differ after a rollback. */
function assertPaths(authorities: Authorities): void {
  const trusted = authorities.filter(({ state }) => state !== "retired");
  const certificatesOf = (role: Authority["role"]): Certificate[] =>
    trusted.filter((one) => one.role === role).map((one) => parseCertificate(one.certificate));
  const anchors = certificatesOf("root");
  for (const certificate of certificatesOf("issuing")) {
    const fault = faultOfPath(certificate, anchors);
    if (fault !== undefined) throw new Error(`the trust bundle would hold ${fault}`);
  }
}

function isSame(one: Der | undefined, other: Der | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;
}

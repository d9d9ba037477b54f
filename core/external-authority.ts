import type { Audit } from "./audit-event.ts";
import { activeAuthority, KEY_ELSEWHERE, type Authority, type TrustBundle } from "./authority.ts";
import { authorityIdOf, keyAliasOf } from "./authority-generation.ts";
import type { AuthorityPlan } from "./authority-plan.ts";
import { EXTERNAL_ISSUING_ID, requestAuthority, type AuthorityRequestServices } from "./authority-request.ts";
import { parseCertificate, type Certificate } from "./certificate.ts";
import type { Der } from "./der.ts";
import type { OutsideCa, TrustAnchors } from "./outside-ca.ts";
import type { AuthorityStore } from "./ports.ts";

export interface ExternalAuthorityServices extends AuthorityRequestServices {
  readonly authorities: Pick<AuthorityStore, "read" | "write">;
  readonly clock: () => Date;
  readonly audit: Audit;
}

/**
 * An issuing CA that a CA outside signs: asks for its certificate, or installs the one that was made, under the root that
 * the deployment pins. What is installed once is found by every later call.
 *
 * @returns undefined while the certificate is awaited: the request is kept then
 * @throws Error when the certificate cannot be used; nothing has changed then
 */
export async function provisionExternalAuthority(
  services: ExternalAuthorityServices,
  plan: AuthorityPlan,
  { anchors, issuing }: OutsideCa,
): Promise<TrustBundle | undefined> {
  const existing = await services.authorities.read();
  if (existing !== undefined) assertSameRoot(existing, anchors);
  if (issuing === undefined) {
    if (existing === undefined) await requestAuthority(services, plan);
    return existing;
  }
  const { keyArn, spki } = await services.keys.findOrCreateKey(
    keyAliasOf(plan.clusterName, EXTERNAL_ISSUING_ID),
    plan.keySpec,
  );
  if (!isSame(spki, issuing.spki))
    throw unusable(`is for another key than ${keyArn}; sign what nodeseal ca csr prints`);
  const installed = existing && activeAuthority(existing, "issuing");
  if (existing === undefined || installed === undefined || !isSame(installed.certificate, issuing.der)) {
    // A deployment that is rolled back brings the certificate of before: the one that ends later stays.
    if (existing !== undefined && installed !== undefined && isReplacedBy(issuing, installed)) return existing;
    const fault = faultOfTime(issuing, plan, services.clock()) ?? faultOfRenewal(issuing, installed);
    if (fault !== undefined) throw unusable(fault);
  } else if (isSameChain(existing, anchors)) return existing;
  return install(services, existing, [...anchors.map(anchorOf), issuingOf(issuing, keyArn)]);
}

function isReplacedBy({ notAfter }: Certificate, { certificate }: Authority): boolean {
  return notAfter <= parseCertificate(certificate).notAfter;
}

function unusable(fault: string): Error {
  return new Error(`the issuing CA's certificate ${fault}`);
}

function faultOfTime({ notBefore, notAfter }: Certificate, plan: AuthorityPlan, now: Date): string | undefined {
  if (now < notBefore) return `is not valid before ${notBefore.toISOString()}`;
  if (now >= notAfter) return `has expired at ${notAfter.toISOString()}`;
  const leftSeconds = Math.floor((notAfter.getTime() - now.getTime()) / 1000);
  if (leftSeconds >= plan.longestLifetimeSeconds) return undefined;
  return `is valid for ${leftSeconds} s more, and the policy lets certificates live ${plan.longestLifetimeSeconds} s: let it be signed for longer, or lower maxLifetimeSeconds`;
}

/** Certificates in the field name the CA by both: another name or identifier would cut them off. */
function faultOfRenewal(certificate: Certificate, installed: Authority | undefined): string | undefined {
  if (installed === undefined) return undefined;
  const { subjectName, subjectKeyId } = parseCertificate(installed.certificate);
  const isRenewal =
    isSame(subjectName, certificate.subjectName) &&
    subjectKeyId !== undefined &&
    certificate.subjectKeyId !== undefined &&
    isSame(subjectKeyId, certificate.subjectKeyId);
  return isRenewal ? undefined : "must have the subject and the subject key identifier of the one it replaces";
}

/** Written as one: nobody ever sees the issuing CA without its root. */
async function install(
  { authorities: store, audit, clock }: ExternalAuthorityServices,
  existing: TrustBundle | undefined,
  entries: readonly Pick<Authority, "id" | "role" | "keyArn" | "certificate">[],
): Promise<TrustBundle> {
  const sequence = (existing?.sequence ?? 0) + 1;
  const authorities = entries.map((entry): Authority => {
    const before = existing?.authorities.find(
      ({ id, certificate }) => id === entry.id && isSame(certificate, entry.certificate),
    );
    return before ?? { ...entry, state: "active", stateSince: clock(), sinceSequence: sequence };
  });
  const bundle: TrustBundle = { sequence, authorities };
  // A crash after this: the next call finds it installed.
  if (!(await store.write(bundle))) throw new Error(`the trust bundle ${sequence} was written by somebody else`);
  for (const { id, certificate, sinceSequence } of authorities) {
    if (sinceSequence !== sequence) continue;
    const notAfter = parseCertificate(certificate).notAfter.toISOString();
    const event = existing === undefined ? "authority_created" : "authority_activated";
    audit({ event, authorityId: id, authorityState: "active", notAfter });
  }
  return bundle;
}

function anchorOf({ der }: Certificate, index: number): Pick<Authority, "id" | "role" | "keyArn" | "certificate"> {
  return { id: authorityIdOf("root", index + 1), role: "root", keyArn: KEY_ELSEWHERE, certificate: der };
}

function issuingOf({ der }: Certificate, keyArn: string): Pick<Authority, "id" | "role" | "keyArn" | "certificate"> {
  return { id: EXTERNAL_ISSUING_ID, role: "issuing", keyArn, certificate: der };
}

function assertSameRoot({ authorities }: TrustBundle, [root]: TrustAnchors): void {
  const current = authorities.find(({ role }) => role === "root");
  if (current === undefined || isSame(current.certificate, root.der)) return;
  throw new Error(
    current.keyArn === KEY_ELSEWHERE
      ? "authority.externalRootFile holds another root than the one this cluster began with, which cannot be changed"
      : 'this cluster has a root of its own: authority.hierarchy must stay "own"',
  );
}

function isSameChain({ authorities }: TrustBundle, anchors: TrustAnchors): boolean {
  const roots = authorities.filter(({ role }) => role === "root");
  return roots.length === anchors.length && anchors.every(({ der }, index) => isSame(roots[index]?.certificate, der));
}

function isSame(one: Der | undefined, other: Der): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0;
}

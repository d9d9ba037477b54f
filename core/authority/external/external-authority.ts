import type { Audit, AuditEvent } from "../../audit/audit-event.ts";
import type { Authority, TrustBundle } from "../authority.ts";
import { issuingGenerationOf, keyAliasOf } from "../generation.ts";
import { assertHierarchy, isRoot } from "../path.ts";
import type { AuthorityPlan } from "../plan.ts";
import { awaitedGenerations, requestAuthority, type AuthorityRequestServices } from "./ca-signing-request.ts";
import { parseCertificate, type Certificate } from "../../certificate/certificate.ts";
import { unusable, withExternalCas, type ExternalIssuing } from "./external-bundle.ts";
import type { ExternalCa, TrustAnchors } from "./external-ca.ts";
import type { AuthorityStore } from "../authority-store.ts";
import { inspectedPem } from "../../inspection/publish-trust-bundle.ts";

export interface ExternalAuthorityServices extends AuthorityRequestServices {
  readonly authorities: Pick<AuthorityStore, "read" | "write">;
  readonly clock: () => Date;
  readonly audit: Audit;
}

/**
 * Issuing CAs that an external CA signs: asks for certificates that are awaited, and installs those that were made, under the
 * roots that the deployment pins. What is installed is found by every later call, and is taken away by none: that is what
 * retiring is for.
 *
 * @returns undefined while the first certificate is awaited
 * @throws Error when a certificate cannot be used; the bundle has not changed then
 */
export async function provisionExternalAuthority(
  services: ExternalAuthorityServices,
  plan: AuthorityPlan,
  external: ExternalCa,
): Promise<TrustBundle | undefined> {
  const existing = await services.authorities.read();
  if (existing !== undefined) {
    assertHierarchy(existing, plan.hierarchy);
    assertKnownRoot(existing, external.anchors);
  }
  for (const generation of awaitedOf(plan, external, existing)) await requestAuthority(services, plan, generation);
  if (existing === undefined && external.issuing.size === 0) return undefined;
  const issuing: ExternalIssuing[] = [];
  for (const [id, certificate] of inTurn(external)) {
    const installed = existing?.authorities.find((one) => one.id === id);
    // The key of one that is over may be gone.
    const isSettled = installed !== undefined && isSame(installed.certificate, certificate.der);
    const keyArn = isSettled ? installed.keyArn : await keyOf(services, plan, id, certificate);
    issuing.push({ id, keyArn, certificate });
  }
  const now = services.clock();
  const authorities = withExternalCas(existing, external.anchors, issuing, plan, now);
  if (existing !== undefined && isUnchanged(existing, authorities)) return existing;
  // Nodes are given the bundle from the moment it is written.
  await inspectedPem(services, { authorities });
  return written(services, existing, authorities);
}

/** Those whose requests are to be signed external. */
export function awaitedOf(
  { generations }: Pick<AuthorityPlan, "generations">,
  { issuing }: Pick<ExternalCa, "issuing">,
  existing: TrustBundle | undefined,
): readonly number[] {
  const installed = existing?.authorities.map(({ id }) => id) ?? [];
  return awaitedGenerations(generations?.issuing ?? 1, [...issuing.keys(), ...installed]);
}

/** The first of a cluster is the one that signs. */
function inTurn({ issuing }: ExternalCa): readonly (readonly [string, Certificate])[] {
  return [...issuing].sort(([one], [other]) => issuingGenerationOf(one) - issuingGenerationOf(other));
}

/** @throws Error when there is no such key, or the certificate is for another one */
async function keyOf(
  { keys }: ExternalAuthorityServices,
  { clusterName, keySpec, generations }: AuthorityPlan,
  id: string,
  certificate: Certificate,
): Promise<string> {
  const limit = generations?.issuing ?? 1;
  const generation = issuingGenerationOf(id);
  if (generation === 0 || generation > limit)
    throw unusable(id, `has no key: authority.issuingGenerations is ${limit}`);
  const { keyArn, spki } = await keys.findOrCreateKey(keyAliasOf(clusterName, id), keySpec);
  if (isSame(spki, certificate.spki)) return keyArn;
  throw unusable(id, `is for another key than ${keyArn}; sign what nodeseal ca csr ${id} prints`);
}

/** Written as one: nobody ever sees an issuing CA without its root. */
async function written(
  { authorities: store, audit }: ExternalAuthorityServices,
  existing: TrustBundle | undefined,
  authorities: readonly Authority[],
): Promise<TrustBundle> {
  const bundle: TrustBundle = { sequence: (existing?.sequence ?? 0) + 1, authorities };
  // A crash after this: the next call finds it installed.
  if (!(await store.write(bundle))) throw new Error(`the trust bundle ${bundle.sequence} was written by somebody else`);
  for (const authority of authorities) {
    const event = eventOf(existing, authority);
    if (event === undefined) continue;
    const { id, state, certificate } = authority;
    const notAfter = parseCertificate(certificate).notAfter.toISOString();
    audit({ event, authorityId: id, authorityState: state, notAfter });
  }
  return bundle;
}

function eventOf(existing: TrustBundle | undefined, authority: Authority): AuditEvent["event"] | undefined {
  if (existing === undefined) return "authority_created";
  const before = existing.authorities.find(({ id }) => id === authority.id);
  if (before === undefined) return authority.state === "active" ? "authority_activated" : "authority_prepared";
  const hasChanged = !isSame(before.certificate, authority.certificate) || before.state !== authority.state;
  return hasChanged && authority.state === "active" ? "authority_activated" : undefined;
}

/** A file that was exchanged for another CA's would otherwise be trusted from here on. */
function assertKnownRoot({ authorities }: TrustBundle, anchors: TrustAnchors): void {
  const roots = authorities.filter((one) => one.role === "root" && one.state !== "retired" && isRoot(one));
  if (roots.some(({ certificate }) => anchors.some(({ spki }) => isSame(spki, parseCertificate(certificate).spki))))
    return;
  throw new Error(
    `authority.externalRootFiles must hold ${roots.map(({ id }) => id).join(" or ")}, which this cluster trusts: a new root comes beside the one before it`,
  );
}

function isUnchanged({ authorities }: TrustBundle, after: readonly Authority[]): boolean {
  return authorities.length === after.length && authorities.every((one, index) => one === after[index]);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

import assert from "node:assert/strict";
import { memoryAuthorityRequestStore } from "../../adapters/memory/ca-signing-request-store.ts";
import { memoryAuthorityStore } from "../../adapters/memory/authority-store.ts";
import { memoryKeyMaker } from "../../adapters/memory/key-maker.ts";
import type { MemoryHooks } from "../../adapters/memory/memory-hooks.ts";
import { memorySigner, type MemoryKeys } from "../../adapters/memory/signer.ts";
import type { AuditEvent } from "../../core/audit/audit-event.ts";
import type { TrustBundle } from "../../core/authority/authority.ts";
import { DEFAULT_AUTHORITY_PLAN, type AuthorityPlan } from "../../core/authority/plan.ts";
import { activated, faultOfRetirement, retired } from "../../core/authority/transition.ts";
import { provisionExternalAuthority } from "../../core/authority/external/external-authority.ts";
import { parseExternalCa } from "../../core/authority/external/external-ca.ts";
import { hoursFrom, NOW } from "./authorities.ts";
import { externalRoot, type CertificatePlan, type ExternalCaAtHand } from "./external-ca.ts";

export const root = externalRoot();
export const next = externalRoot("Example root 2");
export const YEAR = 365 * 24;
export const until = (hours: number): CertificatePlan => ({
  validity: { notBefore: NOW, notAfter: hoursFrom(NOW, hours) },
});
export const named = (generation: number, plan: CertificatePlan = {}): CertificatePlan => ({
  commonName: `Example issuing ${generation}`,
  ...plan,
});

/** A cluster with an external CA, and the keys of that one at hand. */
export function externalBench(hooks: MemoryHooks = {}) {
  const keys: MemoryKeys = new Map();
  const events: AuditEvent[] = [];
  const services = {
    authorities: memoryAuthorityStore(hooks),
    requests: memoryAuthorityRequestStore(hooks),
    keys: memoryKeyMaker(keys, hooks),
    signer: memorySigner(keys, hooks),
    clock: () => NOW,
    audit: (event: AuditEvent) => void events.push(event),
  };
  const plan = (issuing: number): AuthorityPlan => ({
    ...DEFAULT_AUTHORITY_PLAN,
    hierarchy: "external",
    generations: { root: 1, issuing },
  });
  const deployed = async (issuing: Readonly<Record<string, string>>, rootsPem = root.pem, generations = 2) => {
    const outside = parseExternalCa(rootsPem, new Map(Object.entries(issuing)));
    // As a store would give it back.
    return structuredClone(await provisionExternalAuthority(services, plan(generations), outside));
  };
  const spki = async (generation: number) =>
    (await services.keys.findOrCreateKey(`alias/nodeseal/issuing-g${generation}`, "P-256")).spki;
  const signed = async (generation: number, changes: CertificatePlan = {}, by: ExternalCaAtHand = root) =>
    by.certify(await spki(generation), named(generation, changes));
  /** What the reconciliations do with a granted change request. */
  const changed = async (change: (bundle: TrustBundle) => TrustBundle["authorities"]) => {
    const bundle = await services.authorities.read();
    assert.ok(bundle !== undefined);
    assert.ok(await services.authorities.write({ sequence: bundle.sequence + 1, authorities: change(bundle) }));
  };
  const activate = (id: string) => changed((bundle) => activated(bundle, id, NOW));
  const retire = (id: string) =>
    changed((bundle) => {
      assert.equal(faultOfRetirement(bundle, id), undefined);
      return retired(bundle, id, NOW);
    });
  return { services, events, plan, deployed, spki, signed, activate, retire };
}

export const states = (bundle: TrustBundle | undefined) => bundle?.authorities.map(({ id, state }) => `${id} ${state}`);

import { activeAuthority, type Authority, type AuthorityRole, type TrustBundle } from "../authority.ts";
import { expiresSoon, ISSUING_NOTICE_DAYS } from "../expiry.ts";
import { generationOf, latestGeneration } from "../generation.ts";
import { faultOfHierarchy, isRoot } from "../path.ts";
import type { AuthorityPlan } from "../plan.ts";
import { certifyIssuing, certifySelf, type AuthorityServices } from "./certify-authority.ts";

/** @returns why this generation cannot be made now; undefined when it can */
export function faultOfPreparation(bundle: TrustBundle, plan: AuthorityPlan, id: string): string | undefined {
  const fault = faultOfHierarchy(bundle, plan.hierarchy);
  if (fault !== undefined) return fault;
  if (plan.hierarchy === "external")
    return "an external CA signs issuing CAs: deploy with a higher authority.issuingGenerations, and have what nodeseal ca csr prints signed";
  const { role = "issuing", generation = 0 } = generationOf(id) ?? {};
  if (plan.hierarchy === "single" && role === "root")
    return 'with authority.hierarchy "single" issuing CAs are their own roots; prepare an issuing CA';
  const latest = latestGeneration(bundle, role);
  if (generation !== latest + 1) return `the next ${role} CA is generation ${latest + 1}, not ${id}`;
  return faultOfKey(plan, id);
}

/** @returns why nothing can be signed with this generation's key, as far as the deployment says what keys there are */
export function faultOfKey({ hierarchy, generations }: AuthorityPlan, id: string): string | undefined {
  const { role = "issuing", generation = 0 } = generationOf(id) ?? {};
  // The keys of external CAs are theirs.
  if (generations === undefined || generation <= generations[role]) return undefined;
  if (hierarchy === "external" && role === "root") return undefined;
  return `there is no key for ${id}; deploy with authority.${role}Generations ${generation} first`;
}

/**
 * The next generation, made and signed; it signs nothing before it is activated.
 *
 * @throws Error when a root must sign it and none is active, or what an earlier call recorded is for another key
 */
export async function prepareAuthority(
  services: AuthorityServices,
  plan: AuthorityPlan,
  bundle: TrustBundle,
  id: string,
): Promise<readonly Authority[]> {
  const { role, generation } = generationOf(id) ?? {};
  if (role === undefined || generation === undefined) throw new Error(`${id} is no generation of a CA`);
  const certified =
    role === "root" || plan.hierarchy === "single"
      ? await certifySelf(services, plan, role, generation)
      : await certifyIssuing(services, plan, generation, signingRoots(bundle));
  const entry = { state: "prepared", stateSince: services.clock(), sinceSequence: bundle.sequence + 1 } as const;
  return [...bundle.authorities, { ...certified, ...entry }];
}

/** The active one first; the others only finish what they had begun. */
function signingRoots(bundle: TrustBundle): readonly [Authority, ...Authority[]] {
  const active = activeAuthority(bundle, "root");
  if (active === undefined) throw new Error("no root is active");
  const others = bundle.authorities.filter(
    ({ role, state, id }) => role === "root" && state !== "retired" && id !== active.id,
  );
  return [active, ...others];
}

/**
 * The generation that should be made although nobody asked: one whose key was deployed, or the successor of a CA whose
 * end is near, where keys are made when needed. Roots first, since they sign.
 */
export function missingGeneration(bundle: TrustBundle, plan: AuthorityPlan, now: Date): string | undefined {
  // A reconciliation may come with a configuration whose deployment is about to fail.
  if (plan.hierarchy === "external" || faultOfHierarchy(bundle, plan.hierarchy) !== undefined) return undefined;
  const roles: readonly AuthorityRole[] = plan.hierarchy === "single" ? ["issuing"] : ["root", "issuing"];
  const role = roles.find((one) => {
    const latest = latestGeneration(bundle, one);
    return plan.generations === undefined ? needsSuccessor(bundle, plan, one, now) : latest < plan.generations[one];
  });
  return role === undefined ? undefined : `${role}-g${latestGeneration(bundle, role) + 1}`;
}

function needsSuccessor(bundle: TrustBundle, plan: AuthorityPlan, role: AuthorityRole, now: Date): boolean {
  const active = activeAuthority(bundle, role);
  if (active === undefined || !expiresSoon(active, plan, now)) return false;
  if (bundle.authorities.some((one) => one.role === role && one.state === "prepared")) return false;
  if (isRoot(active)) return true;
  const root = activeAuthority(bundle, "root");
  // One that would end with the same root would end no later.
  return root !== undefined && !expiresSoon(root, plan, now, ISSUING_NOTICE_DAYS);
}

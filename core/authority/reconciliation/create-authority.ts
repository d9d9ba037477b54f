import type { Authority, TrustBundle } from "../authority.ts";
import { assertHierarchy } from "../path.ts";
import type { AuthorityPlan } from "../plan.ts";
import { parseCertificate } from "../../certificate/certificate.ts";
import { certifyIssuing, certifySelf, type AuthorityServices, type CertifiedAuthority } from "./certify-authority.ts";

/**
 * The first generation: a root and an issuing CA, or one that is both, made once. Finds what is there: keys by alias,
 * certificates in the bundle. What is signed is recorded before: a crash leaves keys and TBSCertificates, which the next
 * call uses; the bundle is written as one, so nobody ever sees a root without its issuing CA.
 *
 * @throws Error when what an earlier call recorded is for another key, or its CAs were made under another hierarchy
 */
export async function createFirstAuthorities(services: AuthorityServices, plan: AuthorityPlan): Promise<TrustBundle> {
  const existing = await services.authorities.read();
  if (existing !== undefined) {
    assertHierarchy(existing, plan.hierarchy);
    return existing;
  }
  const certified = await certifyFirst(services, plan);
  const authorities = certified.map((one): Authority => ({ ...one, state: "active", sinceSequence: 1 }));
  const bundle: TrustBundle = { sequence: 1, authorities };
  if (await services.authorities.write(bundle)) {
    for (const { id, certificate } of bundle.authorities) {
      const notAfter = parseCertificate(certificate).notAfter.toISOString();
      services.audit({ event: "authority_created", authorityId: id, authorityState: "active", notAfter });
    }
    return bundle;
  }
  const winner = await services.authorities.read();
  if (winner === undefined) throw new Error("the trust bundle could be neither written nor read");
  assertHierarchy(winner, plan.hierarchy);
  return winner;
}

async function certifyFirst(services: AuthorityServices, plan: AuthorityPlan): Promise<readonly CertifiedAuthority[]> {
  if (plan.hierarchy === "single") return [await certifySelf(services, plan, "issuing", 1)];
  const root = await certifySelf(services, plan, "root", 1);
  return [root, await certifyIssuing(services, plan, 1, [root])];
}

import type { Audit } from "./audit-event.ts";
import { KEY_ELSEWHERE, type TrustBundle } from "./authority.ts";
import type { AuthorityPlan } from "./authority-plan.ts";
import { parseCertificate } from "./certificate.ts";
import { certifyIssuing, certifyRoot, type AuthorityServices } from "./certify-authority.ts";

export interface FirstAuthorityServices extends AuthorityServices {
  readonly audit?: Audit;
}

/**
 * The first generation: a root and an issuing CA, made once. Finds what is there: keys by alias, certificates in the
 * bundle. What is signed is recorded before: a crash leaves keys and TBSCertificates, which the next call uses; the bundle
 * is written as one, so nobody ever sees a root without its issuing CA.
 *
 * @throws Error when what an earlier call recorded is for another key, or the root is not this service's own
 */
export async function createFirstAuthorities(
  services: FirstAuthorityServices,
  plan: AuthorityPlan,
): Promise<TrustBundle> {
  const existing = await services.authorities.read();
  if (existing !== undefined) return assertOwn(existing);
  const root = await certifyRoot(services, plan, 1);
  const issuing = await certifyIssuing(services, plan, 1, [root]);
  const first = { state: "active", sinceSequence: 1 } as const;
  const bundle: TrustBundle = {
    sequence: 1,
    authorities: [
      { ...root, ...first },
      { ...issuing, ...first },
    ],
  };
  if (await services.authorities.write(bundle)) {
    for (const { id, certificate } of bundle.authorities) {
      const notAfter = parseCertificate(certificate).notAfter.toISOString();
      services.audit?.({ event: "authority_created", authorityId: id, authorityState: "active", notAfter });
    }
    return bundle;
  }
  const winner = await services.authorities.read();
  if (winner === undefined) throw new Error("the trust bundle could be neither written nor read");
  return winner;
}

function assertOwn(bundle: TrustBundle): TrustBundle {
  if (bundle.authorities.some(({ keyArn }) => keyArn === KEY_ELSEWHERE))
    throw new Error('this cluster\'s issuing CA was signed by a CA outside: authority.hierarchy must stay "external"');
  return bundle;
}

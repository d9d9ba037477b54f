import { assertStanding } from "../../../../core/claim/standing-certificate.ts";
import { RefusalError } from "../../../../core/refusal.ts";
import type { KubernetesRequest } from "../protocol/request.ts";
import { CSR_RESOURCE } from "../protocol/resources.ts";
import type { KubernetesServices } from "../protocol/services.ts";
import { unauthorized } from "../protocol/status.ts";
import type { Caller } from "./caller.ts";

/**
 * A certificate that was revoked authenticates nobody, whatever is asked. Creating a request needs no look here: the claim
 * on the name reads the same record, and a renewal makes no call more than it must.
 *
 * @throws StatusError Unauthorized
 */
export async function assertStandingCaller(
  services: KubernetesServices,
  { kind, identity }: Caller,
  { method, segments }: KubernetesRequest,
): Promise<void> {
  if (kind !== "certificate" || (method === "POST" && segments[3] === CSR_RESOURCE.plural)) return;
  try {
    await assertStanding(services, identity);
  } catch (error) {
    if (error instanceof RefusalError) throw unauthorized({ cause: error });
    throw error;
  }
}

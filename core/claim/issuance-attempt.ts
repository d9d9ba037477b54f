import type { CertificateGrant } from "../policy/certificate-grant.ts";
import type { IssuanceRequest } from "../issuance/issuance-request.ts";
import type { IssuanceServices } from "./issuance-services.ts";
import type { UsePlan } from "../issuance/token-use.ts";

/** A granted request, under way in this function. */
export interface Attempt extends IssuanceRequest {
  readonly grant: CertificateGrant;
  readonly nodeName: string;
  readonly startedAt: Date;
  /** Undefined where uses are not limited. */
  readonly use: UsePlan | undefined;
}

/** API Gateway gives up after 30 s; an attempt that old must not write any more, or a lapsed claim would come alive. */
const ATTEMPT_SECONDS = 25;

export function assertInTime(services: IssuanceServices, { startedAt, nodeName }: Attempt): void {
  if (services.clock().getTime() - startedAt.getTime() > ATTEMPT_SECONDS * 1000) {
    throw new Error(
      `the attempt for ${nodeName} took over ${ATTEMPT_SECONDS} s and was given up before it wrote any more`,
    );
  }
}

import type { Attempt } from "../claim/issuance-attempt.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import type { IssuanceRecord } from "../ledger/issuance-record.ts";
import type { NodeRecord } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import type { Identity, PresentedCertificate } from "../token/identity.ts";
import { admit, faultOfAdmission, type Admission } from "./admit-unknown.ts";
import { standingOf, type Standing } from "./standing.ts";
import { certificateUnknown, reportUnknownUse } from "./unknown-use.ts";

type Services = Pick<IssuanceServices, "ledger" | "nodes" | "admissions" | "audit" | "clock" | "newUid" | "policy">;

/**
 * A renewal whose certificate is in neither slot of its name. Nothing but a refusal's note is written here.
 *
 * @param candidate the record of the node's candidate, if there is one
 * @returns the name with the certificate in it, where an operator admits such; undefined when it is known to be replaced
 * @throws RefusalError `certificate_unknown`; `denied_by_policy` when it is another signer's
 */
export async function admitUnknown(
  services: Services,
  attempt: Attempt,
  node: NodeRecord,
  candidate: IssuanceRecord | undefined,
): Promise<Admission | undefined> {
  const presented = presentedBy(attempt.identity);
  const standing = await standingOf(services.ledger, node, presented, services.clock());
  if (standing.standing === "other signer") throw otherSigner(attempt, standing);
  if (standing.standing === "known") return undefined;
  const admission = await services.admissions.read();
  const question = { attempt, node, candidate, unknown: standing, admission };
  const now = services.clock();
  const fault = faultOfAdmission(question, now);
  if (fault === undefined && admission !== undefined) return admit(services, question, admission, now);
  throw await refusedUnknown(services, node, attempt.identity, fault ?? "it is not admitted");
}

/**
 * The same for what is not a renewal of this certificate: it is refused, and comes back by its renewal.
 *
 * @throws RefusalError `certificate_unknown`
 */
export async function refuseUnknown(services: Services, node: NodeRecord, identity: Identity): Promise<void> {
  const standing = await standingOf(services.ledger, node, presentedBy(identity), services.clock());
  if (standing.standing !== "unknown") return;
  throw await refusedUnknown(services, node, identity, "it must be renewed first");
}

async function refusedUnknown(
  services: Services,
  node: NodeRecord,
  identity: Identity,
  reason: string,
): Promise<RefusalError> {
  const { serialNumber } = presentedBy(identity);
  const { username } = identity;
  await reportUnknownUse(services, node, { serialNumber, username, signerName: node.signerName, reason });
  return certificateUnknown(reason);
}

function presentedBy({ certificate }: Identity): PresentedCertificate {
  if (certificate === undefined) throw new Error("the requester presented no certificate");
  return certificate;
}

function otherSigner(
  { parameters }: Attempt,
  { signerName }: Extract<Standing, { readonly standing: "other signer" }>,
): RefusalError {
  return new RefusalError(
    "denied_by_policy",
    `the certificate is one of ${signerName}: it renews as that, not as ${parameters.signerName}`,
    { field: "signerName" },
  );
}

import type { AuthenticatedCertificate } from "./authenticate-certificate.ts";
import { isComplete } from "./issuance-record.ts";
import type { IssuanceServices } from "./issuance-services.ts";
import { nodeKey, type NodeRecord } from "./node-record.ts";
import { RefusalError } from "./refusal.ts";
import { reportSupersededUse } from "./superseded-use.ts";

/** Rounds against other writers of the same node; the next confirmation finds what this one left. */
const ROUNDS = 4;

/**
 * The node says its new certificate is safely on its disk: the candidate becomes the anchor, and its predecessor is
 * superseded for good. Idempotent; a crash before the write leaves a candidate that becomes final by itself in ten minutes.
 *
 * @param name the intent's name, as the certificate was answered with
 * @throws RefusalError `not_found` when the certificate is not of that request, `certificate_superseded` when a newer one is
 */
export async function confirmCertificate(
  services: IssuanceServices,
  name: string,
  { serialNumber, identity }: AuthenticatedCertificate,
): Promise<void> {
  const record = await services.ledger.read(name);
  if (record?.reservation?.serialNumber !== serialNumber || !isComplete(record)) {
    throw new RefusalError("not_found", "there is no such certificate of yours to confirm");
  }
  if (record.revocation !== undefined)
    throw new RefusalError("certificate_revoked", "this certificate has been revoked");
  let node: NodeRecord | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    node = await services.nodes.read(nodeKey(record.nodeName, record.signerName));
    if (node?.anchor?.intentName === name) return;
    if (node?.candidate?.intentName !== name) break;
    const now = services.clock();
    if (await services.nodes.write({ ...node, anchor: node.candidate, candidate: undefined, lastSeenAt: now })) {
      services.audit({ event: "certificate_confirmed", name, serialNumber, nodeName: record.nodeName });
      return;
    }
  }
  const { nodeName } = record;
  await reportSupersededUse(services, node, { name, serialNumber, nodeName, username: identity.username });
  throw new RefusalError("certificate_superseded", "this certificate has been replaced by a newer one");
}

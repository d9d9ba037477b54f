import { refuseUnknown } from "../admission/judge-presented.ts";
import type { Identity } from "../token/identity.ts";
import type { IssuanceServices } from "./issuance-services.ts";
import { NODE_USERNAME_PREFIX } from "../certificate/node-name.ts";
import { nodeKey, unclaimedNode } from "../ledger/node-record.ts";
import { KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER } from "../certificate/profile.ts";
import { RefusalError } from "../refusal.ts";
import { reportSupersededUse } from "./superseded-use.ts";

/**
 * Whether this is a node that asks, with its client certificate, for a serving certificate in its own name: kubelets do so
 * and never present the serving one (K8.3). Policy still has to allow it. In another's name it is no more than anybody.
 */
export function isServingRequest(
  { certificate, username }: Identity,
  signerName: string,
  nodeName: string | undefined,
): boolean {
  // Of other profiles' certificates the common name may be a node's without its prefix: they are no node's.
  const isNode = certificate !== undefined && username === NODE_USERNAME_PREFIX + certificate.nodeName;
  return isNode && certificate.nodeName === nodeName && signerName === KUBELET_SERVING_SIGNER;
}

/**
 * The client certificate must be its node's latest: the claim on the serving name cannot tell, for it holds serial numbers
 * of serving certificates.
 *
 * @throws RefusalError `certificate_superseded`, `certificate_unknown`, `certificate_revoked`
 */
export async function assertCurrentNode(services: IssuanceServices, identity: Identity): Promise<void> {
  const { certificate, username } = identity;
  if (certificate === undefined) throw new Error("the requester presented no certificate");
  const { nodeName, serialNumber } = certificate;
  const node = await services.nodes.read(nodeKey(nodeName, KUBELET_CLIENT_SIGNER));
  const slot = [node?.anchor, node?.candidate].find((candidate) => candidate?.serialNumber === serialNumber);
  if (node?.revocation !== undefined || slot?.isRevoked === true)
    throw new RefusalError("certificate_revoked", `the node ${nodeName} or its certificate has been revoked`);
  if (slot !== undefined) return;
  await refuseUnknown(services, node ?? unclaimedNode(nodeName, KUBELET_CLIENT_SIGNER), identity);
  await reportSupersededUse(services, node, { nodeName, serialNumber, username });
  throw new RefusalError("certificate_superseded", "this certificate has been replaced by a newer one");
}

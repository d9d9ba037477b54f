import { refuseUnknown } from "../admission/judge-presented.ts";
import type { AuthenticatedCertificate } from "./authenticate-certificate.ts";
import { isComplete, type IssuanceRecord } from "../ledger/issuance-record.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import type { Confirmation } from "../ledger/node-act.ts";
import { NODE_USERNAME_PREFIX } from "../certificate/node-name.ts";
import { serverSignerOf } from "../claim/standing-certificate.ts";
import { nodeKey, unclaimedNode, type AgentReport, type NodeRecord } from "../ledger/node-record.ts";
import { KUBELET_CLIENT_SIGNER } from "../certificate/profile.ts";
import { RefusalError } from "../refusal.ts";
import { reportSupersededUse } from "../claim/superseded-use.ts";

/** Reconciliations against other writers of the same node; the next confirmation finds what this one left. */
const ROUNDS = 4;

/**
 * The node says its new certificate is safely on its disk: the candidate becomes the anchor, and its predecessor is
 * superseded for good. Idempotent; a crash before the write leaves a candidate that becomes final by itself in ten minutes.
 *
 * Said again, with the trust bundle that the node has got since, it is noted: who has a bundle is known before the next
 * renewal.
 *
 * @param name the intent's name, as the certificate was answered with
 * @param agent what the node says of itself; undefined: nothing
 * @throws RefusalError `not_found` when the certificate is not of that request, `certificate_superseded` when a newer one is
 */
export async function confirmCertificate(
  services: IssuanceServices,
  name: string,
  authenticated: AuthenticatedCertificate,
  agent?: AgentReport,
): Promise<void> {
  const { serialNumber, identity } = authenticated;
  const isConfirmed = await confirmKubelet(services, authenticated, {
    key: nodeKey(identity.certificate.nodeName, KUBELET_CLIENT_SIGNER),
    intentName: name,
    serialNumber,
    at: services.clock(),
    agent,
  });
  if (isConfirmed) return;
  const record = await ownRecord(services, name, authenticated);
  let node: NodeRecord | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    node = await services.nodes.read(nodeKey(record.nodeName, record.signerName));
    // Its record may not say so yet: an identity is revoked before its certificates are.
    if (node?.revocation !== undefined) throw certificateRevoked();
    if (node?.anchor?.intentName === name) {
      await noteReport(services, node, { serialNumber, at: services.clock(), agent });
      return;
    }
    if (node?.candidate?.intentName !== name) break;
    const now = services.clock();
    if (
      await services.nodes.write({
        ...node,
        anchor: node.candidate,
        candidate: undefined,
        lastSeenAt: now,
        agent: agent ?? node.agent,
      })
    ) {
      services.audit({ event: "certificate_confirmed", name, serialNumber, nodeName: record.nodeName });
      return;
    }
  }
  const { nodeName, signerName } = record;
  await refuseUnknown(services, node ?? unclaimedNode(nodeName, signerName), identity);
  await reportSupersededUse(services, node, { name, serialNumber, nodeName, username: identity.username });
  throw new RefusalError("certificate_superseded", "this certificate has been replaced by a newer one");
}

/**
 * A certificate does not say which profile it is of, but a kubelet's looks like nobody else's: then one write is all. That
 * it was presented shows that it is complete; that the slot names it, that nothing displaced it. False when anything is
 * otherwise, and the record has to be asked.
 */
async function confirmKubelet(
  { nodes, audit }: IssuanceServices,
  { identity: { username }, isForClients }: AuthenticatedCertificate,
  confirmation: Confirmation,
): Promise<boolean> {
  if (!isForClients || !username.startsWith(NODE_USERNAME_PREFIX)) return false;
  const { isApplied, node } = await nodes.confirm(confirmation);
  const { intentName, serialNumber } = confirmation;
  if (isApplied) {
    audit({ event: "certificate_confirmed", name: intentName ?? "", serialNumber, nodeName: node?.nodeName ?? "" });
  }
  if (isApplied) return true;
  if (!isAnchored(node, confirmation)) return false;
  await noteReport({ nodes }, node, confirmation);
  return true;
}

/** One write, and only for what is new. Lost against another write, it is said again by the next renewal. */
async function noteReport(
  { nodes }: Pick<IssuanceServices, "nodes">,
  node: NodeRecord,
  { serialNumber, at, agent }: Pick<Confirmation, "serialNumber" | "at" | "agent">,
): Promise<void> {
  if (agent === undefined || agent.trustBundleSequence === node.agent?.trustBundleSequence) return;
  await nodes.report({ key: node.key, serialNumber, at, agent });
}

/** Said before, or final by another way. */
function isAnchored(node: NodeRecord | undefined, { intentName, serialNumber }: Confirmation): node is NodeRecord {
  const anchor = node?.revocation === undefined ? node?.anchor : undefined;
  return (
    anchor !== undefined &&
    anchor.intentName === intentName &&
    anchor.serialNumber === serialNumber &&
    !anchor.isRevoked
  );
}

/** @throws RefusalError */
async function ownRecord(
  services: IssuanceServices,
  name: string,
  authenticated: AuthenticatedCertificate,
): Promise<IssuanceRecord> {
  const { serialNumber, identity } = authenticated;
  const record = await services.ledger.read(name);
  if (record === undefined && identity.username.startsWith(NODE_USERNAME_PREFIX))
    await refuseLost(services, authenticated);
  if (record?.reservation?.serialNumber !== serialNumber || !isComplete(record)) {
    throw new RefusalError("not_found", "there is no such certificate of yours to confirm");
  }
  if (record.revocation !== undefined) throw certificateRevoked();
  return record;
}

/** After a restore the record of the very certificate that is presented may be gone. @throws RefusalError `certificate_unknown` */
async function refuseLost(
  services: IssuanceServices,
  { identity, isForClients }: AuthenticatedCertificate,
): Promise<void> {
  const { nodeName } = identity.certificate;
  const signerName = isForClients ? KUBELET_CLIENT_SIGNER : serverSignerOf(identity);
  const node = await services.nodes.read(nodeKey(nodeName, signerName));
  await refuseUnknown(services, node ?? unclaimedNode(nodeName, signerName), identity);
}

function certificateRevoked(): RefusalError {
  return new RefusalError("certificate_revoked", "this certificate has been revoked");
}

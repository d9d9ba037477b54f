import { settle, type NodeRecord } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import { changeNode, unknownNode, type RevocationServices } from "../revocation/revoke.ts";

/**
 * Asks one node to replace its certificate before it would. Its agent hears of it when it next asks for its renewal window.
 * The last word counts. Nobody has to take it back: a certificate made after it is the answer (`openRequest` in `node-record.ts`).
 *
 * @throws RefusalError `not_found`; `certificate_revoked` when there is nothing that may renew
 */
export async function requestRenewal(
  services: RevocationServices,
  nodeName: string,
  withinSeconds: number,
  by: string,
): Promise<NodeRecord> {
  const at = services.clock();
  const renewalRequest = { at, until: new Date(at.getTime() + withinSeconds * 1000), by };
  const node = await changeNode(services, nodeName, (current) => {
    assertRenewable(current, at);
    return { ...current, renewalRequest };
  });
  if (node === undefined) throw unknownNode(nodeName);
  services.audit({ event: "node_renewal_requested", nodeName, username: by });
  return node;
}

function assertRenewable(node: NodeRecord, now: Date): void {
  const { nodeName, anchor, candidate, revocation } = node;
  const slots = [anchor, candidate].filter((slot) => slot !== undefined);
  if (revocation !== undefined || (slots.length > 0 && slots.every(({ isRevoked }) => isRevoked))) {
    throw new RefusalError(
      "certificate_revoked",
      `the node ${nodeName} has been revoked: nothing renews it; release its name, and join it again with a new token`,
    );
  }
  const live = settle(node, undefined, now);
  if (live.anchor === undefined && live.candidate === undefined) {
    throw new RefusalError("not_found", `the node ${nodeName} has no valid certificate that it could renew`, {
      field: "name",
    });
  }
}

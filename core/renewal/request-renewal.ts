import { settle, type NodeRecord } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import { changeEach, possibleAmong, recordsOfName } from "../ledger/name-records.ts";
import type { AssertProspect } from "./prospects.ts";
import type { RevocationServices } from "../revocation/revoke.ts";

export interface RenewalScope {
  /** Only the certificate of this signer. */
  readonly signerName?: string | undefined;
  /** Throws where nothing can come of it (`prospects.ts`). */
  readonly assertProspect?: AssertProspect;
}

/**
 * Asks one node to replace its certificates early: those of every signer, except those that cannot be renewed. The agent
 * learns of it when it next asks for its renewal window. The last request counts. It ends by itself: a certificate made
 * after it answers it (`openRequest` in `node-record.ts`).
 *
 * @returns the node records that were asked
 * @throws RefusalError `not_found`; `certificate_revoked` when no certificate may renew
 */
export async function requestRenewal(
  services: RevocationServices,
  nodeName: string,
  withinSeconds: number,
  by: string,
  { signerName, assertProspect = () => undefined }: RenewalScope = {},
): Promise<readonly NodeRecord[]> {
  const at = services.clock();
  const renewalRequest = { at, until: new Date(at.getTime() + withinSeconds * 1000), by };
  const renewable = possibleAmong(await recordsOfName(services.nodes, nodeName, signerName), (node) => {
    assertRenewable(node, at);
    assertProspect(node);
  });
  const nodes = await changeEach(services.nodes, renewable, (current) => {
    assertRenewable(current, at);
    return { ...current, renewalRequest };
  });
  services.audit({ event: "node_renewal_requested", nodeName, username: by });
  return nodes;
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

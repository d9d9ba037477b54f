import { NODE_USERNAME_PREFIX } from "../certificate/node-name.ts";
import { KUBELET_CLIENT_SIGNER } from "../certificate/profile.ts";
import { FREE_CLIENT_SIGNERS } from "../ledger/client-names.ts";
import { nodeKey } from "../ledger/node-record.ts";
import type { NodeStore } from "../ledger/node-store.ts";
import { RefusalError } from "../refusal.ts";
import type { Identity } from "../token/identity.ts";

/**
 * Whether a certificate still authenticates its holder where nothing is claimed, so that no claim says so: it must be in
 * a slot of its name that was not revoked. One that was replaced is in none, and then nobody knows whether it was revoked
 * besides. A name that has no record at all is left to others: it says nothing about the certificate.
 *
 * @throws RefusalError `certificate_revoked`, `certificate_superseded`
 */
export async function assertStanding(
  { nodes }: { readonly nodes: Pick<NodeStore, "read"> },
  { username, certificate }: Pick<Identity, "username" | "certificate">,
): Promise<void> {
  if (certificate === undefined) return;
  const { nodeName, serialNumber } = certificate;
  const keys = clientSigners(username).map((signerName) => nodeKey(nodeName, signerName));
  const records = (await Promise.all(keys.map((key) => nodes.read(key)))).filter((node) => node !== undefined);
  if (records.length === 0) return;
  for (const { anchor, candidate, revocation } of records) {
    const slot = [anchor, candidate].find((one) => one?.serialNumber === serialNumber);
    if (slot === undefined) continue;
    if (slot.isRevoked || revocation !== undefined) throw revoked(nodeName);
    return;
  }
  if (records.every(({ revocation }) => revocation !== undefined)) throw revoked(nodeName);
  throw new RefusalError("certificate_superseded", "this certificate is not the latest of its name");
}

function revoked(nodeName: string): RefusalError {
  return new RefusalError("certificate_revoked", `the node ${nodeName} or its certificate has been revoked`);
}

/** A certificate does not say its profile, but only a kubelet's has this user name. */
function clientSigners(username: string): readonly string[] {
  return username.startsWith(NODE_USERNAME_PREFIX) ? [KUBELET_CLIENT_SIGNER] : FREE_CLIENT_SIGNERS;
}

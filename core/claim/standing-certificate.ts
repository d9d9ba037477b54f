import { refuseUnknown } from "../admission/judge-presented.ts";
import { NODE_USERNAME_PREFIX } from "../certificate/node-name.ts";
import { KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER, SERVER_SIGNER } from "../certificate/profile.ts";
import { FREE_CLIENT_SIGNERS } from "../ledger/client-names.ts";
import { nodeKey, unclaimedNode } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import type { Identity } from "../token/identity.ts";

/**
 * Whether a certificate still authenticates its holder where nothing is claimed, so that no claim says so: it must be in
 * a slot of its name that was not revoked. One that was replaced is in none, and then nobody knows whether it was revoked
 * besides. Before it is called replaced, the ledger is asked whether it is on record at all.
 *
 * @throws RefusalError `certificate_revoked`, `certificate_superseded`, `certificate_unknown`
 */
export async function assertStanding(services: Parameters<typeof refuseUnknown>[0], identity: Identity): Promise<void> {
  const { username, certificate } = identity;
  if (certificate === undefined) return;
  const { nodeName, serialNumber } = certificate;
  const signerNames = clientSigners(username);
  const read = await Promise.all(signerNames.map((signerName) => services.nodes.read(nodeKey(nodeName, signerName))));
  const records = read.filter((node) => node !== undefined);
  for (const { anchor, candidate, revocation } of records) {
    const slot = [anchor, candidate].find((one) => one?.serialNumber === serialNumber);
    if (slot === undefined) continue;
    if (slot.isRevoked || revocation !== undefined) throw revoked(nodeName);
    return;
  }
  if (records.length > 0 && records.every(({ revocation }) => revocation !== undefined)) throw revoked(nodeName);
  const [signerName = KUBELET_CLIENT_SIGNER] = signerNames;
  const names = records.length > 0 ? records : [unclaimedNode(nodeName, signerName)];
  for (const node of names) await refuseUnknown(services, node, identity);
  throw new RefusalError("certificate_superseded", "this certificate is not the latest of its name");
}

function revoked(nodeName: string): RefusalError {
  return new RefusalError("certificate_revoked", `the node ${nodeName} or its certificate has been revoked`);
}

/** A certificate does not say its profile, but only a kubelet's has this user name. */
function clientSigners(username: string): readonly string[] {
  return username.startsWith(NODE_USERNAME_PREFIX) ? [KUBELET_CLIENT_SIGNER] : FREE_CLIENT_SIGNERS;
}

/**
 * Which signer made a certificate that is for servers only. It does not say so itself, but only a kubelet's has a node's
 * user name.
 */
export function serverSignerOf({ username }: Pick<Identity, "username">): string {
  return username.startsWith(NODE_USERNAME_PREFIX) ? KUBELET_SERVING_SIGNER : SERVER_SIGNER;
}

/**
 * A server's certificate renews itself and is good for nothing else: what it serves is often read by more programs than
 * a client's key should be, and a kubelet's would pass for its node.
 *
 * @throws RefusalError `denied_by_policy`
 */
export function assertRenewsItself(identity: Pick<Identity, "username">, signerName: string): void {
  const own = serverSignerOf(identity);
  if (signerName === own) return;
  throw new RefusalError(
    "denied_by_policy",
    `the certificate is a server's, of ${own}: it renews as that, not as ${signerName}`,
    { field: "signerName" },
  );
}

import { NODE_USERNAME_PREFIX } from "../certificate/node-name.ts";
import { KUBELET_SERVING_SIGNER, SERVER_SIGNER } from "../certificate/profile.ts";
import { RefusalError } from "../refusal.ts";
import type { Identity } from "../token/identity.ts";

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

import { KUBELET_CLIENT_SIGNER, profileOf, SIGNER_NAMES } from "../certificate/profile.ts";
import { nodeKey, signerOfKey, SIGNER_SEPARATOR, type NodeRecord } from "./node-record.ts";
import type { NodeStore } from "./node-store.ts";

/** Signers whose certificates authenticate clients under the name itself: who accepts them cannot tell one from another. */
export const FREE_CLIENT_SIGNERS: readonly string[] = SIGNER_NAMES.filter((signerName) => {
  const profile = profileOf(signerName);
  return profile?.commonNamePrefix === "" && profile.requiredUsages.includes("client auth");
});

/** What is read of a name before a first certificate of it is claimed. */
export interface NameHolders {
  readonly node: NodeRecord | undefined;
  /** What the name has of other signers, under which it would be the same client. */
  readonly rivals: readonly NodeRecord[];
}

/**
 * One call, whatever the signer. Each signer keeps a record of its own: one record for all would be claimed atomically, but
 * names that have certificates of two signers today could renew only one of them. So two first certificates that are asked
 * for in the same moment, each of another signer, are both given.
 */
export async function readHolders(
  nodes: Pick<NodeStore, "read" | "readMany">,
  key: string | undefined,
): Promise<NameHolders> {
  if (key === undefined) return { node: undefined, rivals: [] };
  const signerName = signerOfKey(key);
  if (signerName === KUBELET_CLIENT_SIGNER || !FREE_CLIENT_SIGNERS.includes(signerName))
    return { node: await nodes.read(key), rivals: [] };
  const nodeName = key.slice(0, key.indexOf(SIGNER_SEPARATOR));
  const found = await nodes.readMany(FREE_CLIENT_SIGNERS.map((one) => nodeKey(nodeName, one)));
  return { node: found.get(key), rivals: [...found.values()].filter((node) => node.key !== key) };
}

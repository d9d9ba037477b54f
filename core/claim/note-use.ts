import { nodeKey, secondsSince, type NodeRecord, type RefusedUse } from "../ledger/node-record.ts";
import type { NodeStore } from "../ledger/node-store.ts";

/** Noted, and told, no more often than this for one node. */
const NOTED_EVERY_SECONDS = 60;

/**
 * Notes on a node that a certificate of it was used which must not be. One conditional write a minute that is not repeated
 * when it loses: whoever holds an old certificate can get in the way of the node's own claims once a minute and no more,
 * and a claim that lost a race is decided anew six times.
 *
 * @param node as it was read; one that was never written is not begun for this
 * @param noted the node with the use on it
 * @returns whether it is to be told: the first in this minute
 */
export async function noteUse(
  nodes: Pick<NodeStore, "read" | "write">,
  node: NodeRecord | undefined,
  lastOf: (node: NodeRecord) => RefusedUse | undefined,
  noted: (node: NodeRecord, count: number) => NodeRecord,
  now: Date,
): Promise<boolean> {
  if (node === undefined || node.version === 0) return true;
  const isRecent = (one: NodeRecord | undefined): boolean => {
    const last = one && lastOf(one);
    return last !== undefined && secondsSince(last.at, now) < NOTED_EVERY_SECONDS;
  };
  if (isRecent(node)) return false;
  if (await nodes.write(noted(node, (lastOf(node)?.count ?? 0) + 1))) return true;
  // Perhaps by another such use, which is told.
  return !isRecent(await nodes.read(nodeKey(node.nodeName, node.signerName)));
}

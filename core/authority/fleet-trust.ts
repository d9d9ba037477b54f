import { KUBELET_CLIENT_SIGNER } from "../certificate/profile.ts";
import type { NodeRecord } from "../ledger/node-record.ts";
import type { NodeStore } from "../ledger/node-store.ts";

/** Why a fleet may not be switched to a new root yet. */
export interface FleetTrust {
  /** Nodes that hold an older bundle, or never said which: the first few. */
  readonly behind: readonly string[];
  readonly hasMore: boolean;
}

const PAGE = 1000;
const MOST_NAMES = 5;

/**
 * Looks for live nodes that have not reported this bundle or a later one. Stops at the first few: until they have, the
 * others do not matter. Agents say which they have when they confirm a certificate, and again within hours of a new bundle;
 * kubelets never do.
 */
export async function nodesBehind(nodes: Pick<NodeStore, "list">, sequence: number, now: Date): Promise<FleetTrust> {
  const behind: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await nodes.list({ limit: PAGE, cursor });
    for (const node of page.items) {
      if (!isLive(node, now) || !isExpectedToReport(node) || (node.agent?.trustBundleSequence ?? -1) >= sequence)
        continue;
      if (behind.length === MOST_NAMES) return { behind, hasMore: true };
      behind.push(`${node.nodeName} (${heldBy(node)})`);
    }
    ({ cursor } = page);
  } while (cursor !== undefined);
  return { behind, hasMore: false };
}

/** A kubelet's serving certificate, and a person's, are held by nobody who reports; of other agents' all that did once. */
function isExpectedToReport({ signerName, agent }: NodeRecord): boolean {
  return signerName === KUBELET_CLIENT_SIGNER || agent !== undefined;
}

function isLive({ revocation, anchor, candidate }: NodeRecord, now: Date): boolean {
  if (revocation !== undefined) return false;
  return [anchor, candidate].some((slot) => slot !== undefined && !slot.isRevoked && slot.notAfter >= now);
}

function heldBy({ agent }: NodeRecord): string {
  return agent?.trustBundleSequence === undefined ? "never said" : `holds ${agent.trustBundleSequence}`;
}

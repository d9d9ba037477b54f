import { changeEach, possibleAmong, recordsOfName } from "../ledger/name-records.ts";
import type { NodeRecord } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import type { RevocationServices } from "../revocation/revoke.ts";

export interface RecoveryScope {
  /** Of this signer only. @default - whatever of the name can recover */
  readonly signerName?: string | undefined;
  /** Throws where nothing can come of it (`prospects.ts`). */
  readonly assertProspect?: (node: NodeRecord) => void;
}

/** An operator's override that a node that was off too long may come back by itself. */
export interface AllowedRecovery {
  readonly until: Date;
  readonly recoveries: number;
}

/**
 * Widens the window of one node: until then its latest certificate recovers whatever the policy's window and limit are
 * (but not where policy lets no certificate recover at all), so many times. The count in a row begins anew. The last word
 * counts; a renewal in time, or a release of the name, ends it.
 *
 * @returns the records that may recover
 * @throws RefusalError `not_found`; `certificate_revoked` when the node must be released first; what `assertProspect` throws
 */
export async function allowRecovery(
  services: RevocationServices,
  nodeName: string,
  { until, recoveries }: AllowedRecovery,
  by: string,
  { signerName, assertProspect = () => undefined }: RecoveryScope = {},
): Promise<readonly NodeRecord[]> {
  const recoverable = possibleAmong(await recordsOfName(services.nodes, nodeName, signerName), (node) => {
    assertRecoverable(node);
    assertProspect(node);
  });
  const nodes = await changeEach(services.nodes, recoverable, (current) => {
    assertRecoverable(current);
    const { lastRecovery } = current;
    return {
      ...current,
      recoveryAllowance: { until, recoveries, by },
      lastRecovery: lastRecovery === undefined ? undefined : { ...lastRecovery, count: 0 },
    };
  });
  services.audit({ event: "node_recovery_allowed", nodeName, username: by, notAfter: until.toISOString() });
  return nodes;
}

function assertRecoverable({ nodeName, anchor, candidate, revocation }: NodeRecord): void {
  const slots = [anchor, candidate].filter((slot) => slot !== undefined);
  if (revocation !== undefined || (slots.length > 0 && slots.every(({ isRevoked }) => isRevoked))) {
    throw new RefusalError(
      "certificate_revoked",
      `the node ${nodeName} has been revoked: nothing recovers it; release its name, and join it again with a new token`,
    );
  }
  if (slots.length === 0) {
    throw new RefusalError(
      "not_found",
      `the node ${nodeName} has no certificate that could recover: its name was released; join it again with a new token`,
      { field: "name" },
    );
  }
}

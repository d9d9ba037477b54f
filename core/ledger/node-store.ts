import type { Page, PageRequest } from "./page.ts";
import type { Confirmation, NodeActOutcome, Report, Succession } from "./node-act.ts";
import type { NodeRecord } from "./node-record.ts";

export interface NodeStore {
  read(key: string): Promise<NodeRecord | undefined>;
  readMany(keys: readonly string[]): Promise<ReadonlyMap<string, NodeRecord>>;
  /**
   * Writes the record with `version` one higher than given, if the stored version is the given one (0: there is none).
   * False when it is not.
   */
  write(node: NodeRecord): Promise<boolean>;
  /** Does what `succeeded` says (`node-act.ts`) to what is stored, without a read before. Other members stay as they are. */
  succeed(succession: Succession): Promise<NodeActOutcome>;
  /** Does what `confirmed` says, likewise. */
  confirm(confirmation: Confirmation): Promise<NodeActOutcome>;
  /** Does what `reported` says, likewise. */
  report(report: Report): Promise<NodeActOutcome>;
  /**
   * Those that ever held a certificate, by name, and of one name by signer. Of records that the first release wrote, those of
   * other signers than the kubelet's are listed from their next certificate or confirmation on.
   *
   * @param signerName those of this signer only: pages may then be short, even empty
   */
  list(page: PageRequest, signerName?: string): Promise<Page<NodeRecord>>;
}

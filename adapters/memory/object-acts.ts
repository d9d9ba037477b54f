import {
  isApprovedUnsigned,
  type ApprovalDecision,
  type IssuanceRecord,
  type ObjectMetadata,
  type SigningObstacle,
} from "../../core/ledger/issuance-record.ts";

/** What is done to requests that come to nothing, and by Kubernetes' view of the ledger, each at one instant. */
export function memoryObjectActs(
  byName: ReadonlyMap<string, IssuanceRecord>,
  waitingNames: Set<string>,
  touched: Map<string, Date>,
  put: (record: IssuanceRecord) => IssuanceRecord,
) {
  return {
    remove: (name: string, at: Date): IssuanceRecord | undefined => {
      const record = byName.get(name);
      return record === undefined ? undefined : put({ ...record, removedAt: record.removedAt ?? at });
    },

    voidUnsigned: (name: string, at: Date): IssuanceRecord | undefined => {
      const record = byName.get(name);
      if (record === undefined || record.completion !== undefined) return record;
      waitingNames.delete(name);
      touched.set(name, at);
      return put({ ...record, voidedAt: record.voidedAt ?? at });
    },

    abandon: (name: string, at: Date): IssuanceRecord | undefined => {
      const record = byName.get(name);
      if (record === undefined || record.completion !== undefined) return record;
      waitingNames.delete(name);
      touched.set(name, at);
      return put({ ...record, voidedAt: record.voidedAt ?? at, removedAt: record.removedAt ?? at });
    },

    decide: (name: string, decision: ApprovalDecision): IssuanceRecord | undefined => {
      const record = byName.get(name);
      if (record === undefined) return undefined;
      const { decision: earlier, reservation, voidedAt, revocation } = record;
      const isPending = [earlier, reservation, voidedAt, revocation].every((member) => member === undefined);
      const lacksOverride = isApprovedUnsigned(record) && earlier?.mayReplace !== true;
      return isPending || (lacksOverride && decision.mayReplace === true) ? put({ ...record, decision }) : record;
    },

    noteObstacle: (name: string, obstacle: SigningObstacle): IssuanceRecord | undefined => {
      const record = byName.get(name);
      if (record === undefined || !isApprovedUnsigned(record)) return record;
      return put({ ...record, obstacle });
    },

    succeed: (name: string, successor: string, previous: string | undefined): boolean => {
      const record = byName.get(name);
      if (record === undefined || record.successor !== previous) return false;
      put({ ...record, successor });
      return true;
    },

    annotate: (name: string, metadata: ObjectMetadata, previousAt: Date | undefined): IssuanceRecord | undefined => {
      const record = byName.get(name);
      if (record === undefined || record.metadata?.at.getTime() !== previousAt?.getTime()) return undefined;
      return put({ ...record, metadata });
    },
  };
}

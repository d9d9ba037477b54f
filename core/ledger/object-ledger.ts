import type { IssuanceRecord, ObjectMetadata } from "./issuance-record.ts";
import type { Page, PageRequest } from "./page.ts";

/** Whose requests are listed: a bootstrap token's, or those of a user name that no token stands behind. */
export interface Requester {
  readonly username: string;
  readonly tokenId: string | undefined;
}

/** What Kubernetes' view of the ledger needs besides. Each method is one atomic act on one item. */
export interface ObjectLedger {
  /** The first removal stays. Resolves to what is stored; undefined when there is none. */
  remove(name: string, at: Date): Promise<IssuanceRecord | undefined>;
  /**
   * Voids and removes a request for which no certificate is stored; one that has its certificate stays as it is, so that
   * what somebody may have been given is never taken back unsaid. The first time stays. Resolves to what is stored.
   */
  abandon(name: string, at: Date): Promise<IssuanceRecord | undefined>;
  /** Points a name whose object is gone to the record that has it next, if it still points to `previous`. */
  succeed(name: string, successor: string, previous: string | undefined, at: Date): Promise<boolean>;
  /** Writes labels and annotations, if nobody did since `previousAt`. Undefined when somebody did, or there is no record. */
  annotate(name: string, metadata: ObjectMetadata, previousAt: Date | undefined): Promise<IssuanceRecord | undefined>;
  /**
   * One requester's own requests since a time, newest first: what was made through Kubernetes' API and what waits, by the
   * time it was asked for; and what a token was issued natively, by the time it was reserved. Reads no record of others.
   * What an earlier release recorded is found once it was reserved.
   */
  listOwned(requester: Requester, since: Date, page: PageRequest): Promise<Page<IssuanceRecord>>;
  /**
   * Requests made through Kubernetes' API that last changed on these days. One that changes meanwhile moves towards the end:
   * it is never missed, and may be given twice. Native ones are found among those that wait, and among the certificates: to
   * list them here as well would cost each of them another write.
   */
  listChanged(since: Date, until: Date, page: PageRequest): Promise<Page<IssuanceRecord>>;
  /**
   * Of the same those that changed after one time and not after another, oldest change first. There may be more when there
   * are as many as asked for. An act that found nothing to change may count as one.
   */
  changesBetween(after: Date, until: Date, limit: number): Promise<readonly IssuanceRecord[]>;
}

import type { SerialNumber } from "../certificate/serial-number.ts";
import type { Page, PageRequest } from "./page.ts";
import type {
  ApprovalDecision,
  Completion,
  IssuanceRecord,
  IssuanceState,
  Revocation,
  SigningObstacle,
} from "./issuance-record.ts";
import type { VoidRecord } from "./void-intent.ts";

export interface CertificateFilter {
  readonly nodeName?: string;
  readonly tokenId?: string;
  readonly expiresBefore?: Date;
  /** Of a node's: what was reserved later is not read. */
  readonly reservedUntil?: Date;
  /** Days before this one are not looked at. */
  readonly expiresFrom: Date;
  /** Days after this one are not looked at: no certificate is valid longer. */
  readonly expiresUntil: Date;
}

export interface CompletionOptions {
  /** An administrator approved it: it stays in the list of what was decided. */
  readonly wasDecided?: boolean;
}

/** Of these an administrator's list is by when they were asked for, newest first. */
export const SIGNED_STATES: ReadonlySet<IssuanceState> = new Set(["Issued", "Revoked", "Voided"]);

export interface IssuanceLedger {
  read(name: string): Promise<IssuanceRecord | undefined>;
  readMany(names: readonly string[]): Promise<ReadonlyMap<string, IssuanceRecord>>;
  /** Records a request that waits for approval, if there is none of this name. Resolves to what is stored. */
  createPending(record: IssuanceRecord): Promise<IssuanceRecord>;
  /**
   * Records the intent, if nothing is reserved under this name, it is not void, and not denied. Resolves to what is
   * stored afterwards: the caller looks whether the reservation is its own.
   */
  reserve(record: IssuanceRecord): Promise<IssuanceRecord>;
  /**
   * Counts one more signing attempt on a reservation made by an earlier one, and keeps its record: it might be due to be
   * swept, and what is signed is on record.
   */
  countAttempt(name: string, at: Date): Promise<void>;
  /**
   * The first signature wins, and a void record takes none. Resolves to what is stored afterwards. From here on the
   * record is in the lists of certificates: what is reserved and never signed is in none, and is swept after two days.
   */
  complete(name: string, completion: Completion, options?: CompletionOptions): Promise<IssuanceRecord>;
  /** A record that is void never completes. The first time stays. False when there is no such record. */
  void(name: string, at: Date): Promise<boolean>;
  /** Voids a record, unless its signature is stored. Resolves to what is stored afterwards; undefined when there is none. */
  voidUnsigned(name: string, at: Date): Promise<IssuanceRecord | undefined>;
  /** Records an intent as void before it is recorded otherwise. False when there is a record of this name. */
  createVoid(record: VoidRecord): Promise<boolean>;
  /**
   * Records an administrator's decision on a request that waits; and a later approval by which it may replace, in place of
   * one without, while it is not signed. Resolves to what is stored; undefined when there is none.
   */
  decide(name: string, decision: ApprovalDecision): Promise<IssuanceRecord | undefined>;
  /** Notes why an approved request was not signed, while it is not. Resolves to what is stored; undefined when there is none. */
  noteObstacle(name: string, obstacle: SigningObstacle): Promise<IssuanceRecord | undefined>;
  /** The first revocation stays. Resolves to what is stored; undefined when there is none. */
  revoke(name: string, revocation: Revocation): Promise<IssuanceRecord | undefined>;
  findBySerialNumber(serialNumber: SerialNumber, filter: CertificateFilter): Promise<IssuanceRecord | undefined>;
  /**
   * Requests that wait for approval or were decided and not yet signed, oldest first. By a state of what is signed
   * (`Issued`, `Revoked`, `Voided`): those that an administrator approved, newest first.
   */
  listRequests(state: IssuanceState | undefined, page: PageRequest): Promise<Page<IssuanceRecord>>;
  /** Certificates that were signed: by node (newest first), by token, or by day of expiry. */
  listCertificates(filter: CertificateFilter, page: PageRequest): Promise<Page<IssuanceRecord>>;
}

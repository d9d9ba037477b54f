import type { TrustBundle } from "./authority/authority.ts";
import type { Der } from "./asn1/der.ts";
import type {
  ApprovalDecision,
  Completion,
  IssuanceRecord,
  IssuanceState,
  Revocation,
} from "./ledger/issuance-record.ts";
import type { Confirmation, NodeActOutcome, Succession } from "./ledger/node-act.ts";
import type { AuthorityKeySpec } from "./keys/key-type.ts";
import type { NodeRecord } from "./ledger/node-record.ts";
import type { SerialNumber } from "./certificate/serial-number.ts";
import type { SignatureAlgorithm } from "./keys/signature-algorithm.ts";
import type { TokenAmendment, TokenRecord } from "./token/token-record.ts";
import type { VoidRecord } from "./ledger/void-intent.ts";

/**
 * The outside as the core sees it. Every method is one atomic act on one item: there is nothing to combine wrongly, and
 * no transaction is needed. Reads of single items are strongly consistent; lists may lag.
 */

/** One page of a list. Without `cursor` it was the last; a page may be short, even empty, and still have one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor: string | undefined;
}

export interface PageRequest {
  /** 1 to 1000. */
  readonly limit: number;
  /** Opaque. @throws RefusalError `malformed_request` when it is none of ours */
  readonly cursor: string | undefined;
}

export interface TokenStore {
  read(tokenId: string): Promise<TokenRecord | undefined>;
  /** False when the id is taken; the stored token stays as it is. */
  create(token: TokenRecord): Promise<boolean>;
  /**
   * Counts one use by this intent, if there is room or it was counted before, and the token is neither expired nor
   * revoked. Idempotent. Only for tokens with `maxUses`.
   */
  consume(tokenId: string, intentName: string, now: Date): Promise<"consumed" | "spent" | "unusable">;
  /** Undefined when there is no such token. The first revocation stays. */
  revoke(tokenId: string, at: Date): Promise<TokenRecord | undefined>;
  /** Gives a token another expiration and description, unless it is revoked. Undefined when it is, or is not there. */
  amend(tokenId: string, amendment: TokenAmendment): Promise<TokenRecord | undefined>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<TokenRecord>>;
}

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
  /** By name. Client certificates' holders only: other profiles hold their names beside them. */
  list(page: PageRequest): Promise<Page<NodeRecord>>;
}

export interface CertificateFilter {
  readonly nodeName?: string;
  readonly tokenId?: string;
  readonly expiresBefore?: Date;
  /** Days before this one are not looked at. */
  readonly expiresFrom: Date;
  /** Days after this one are not looked at: no certificate is valid longer. */
  readonly expiresUntil: Date;
}

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
  /** Counts one more signing attempt on a reservation made by an earlier one. */
  countAttempt(name: string): Promise<void>;
  /** The first signature wins, and a void record takes none. Resolves to what is stored afterwards. */
  complete(name: string, completion: Completion): Promise<IssuanceRecord>;
  /** A record that is void never completes. The first time stays. False when there is no such record. */
  void(name: string, at: Date): Promise<boolean>;
  /** Records an intent as void before it is recorded otherwise. False when there is a record of this name. */
  createVoid(record: VoidRecord): Promise<boolean>;
  /** Records an administrator's decision on a request that waits. Resolves to what is stored; undefined when there is none. */
  decide(name: string, decision: ApprovalDecision): Promise<IssuanceRecord | undefined>;
  /** The first revocation stays. Resolves to what is stored; undefined when there is none. */
  revoke(name: string, revocation: Revocation): Promise<IssuanceRecord | undefined>;
  findBySerialNumber(serialNumber: SerialNumber, filter: CertificateFilter): Promise<IssuanceRecord | undefined>;
  /** Requests that wait for approval or were decided and not yet signed, oldest first. */
  listRequests(state: IssuanceState | undefined, page: PageRequest): Promise<Page<IssuanceRecord>>;
  /** Records with a serial number: by node (newest first), by token, or by day of expiry. */
  listCertificates(filter: CertificateFilter, page: PageRequest): Promise<Page<IssuanceRecord>>;
}

export interface AuthorityStore {
  read(): Promise<TrustBundle | undefined>;
  /**
   * Records the TBSCertificate that is about to be signed for a CA, if none is recorded. Resolves to what is stored: the
   * only one its issuer may ever sign, so that a lost answer never makes a second trust anchor of one key.
   */
  reserve(authorityId: string, tbsCertificate: Der): Promise<Der>;
  /** Writes the bundle if the stored sequence is one less than the given one (1: there is none). False when it is not. */
  write(bundle: TrustBundle): Promise<boolean>;
}

export interface Signer {
  /**
   * Signs a message with a CA key. The signature is what X.509 wants: ECDSA's in DER; it is NOT verified here.
   *
   * @throws Error when the algorithm has no hash and the message more than `LONGEST_WHOLE_MESSAGE_BYTES`
   * @throws RefusalError `signer_busy` when the key service throttles or is unavailable for the moment
   */
  sign(keyArn: string, algorithm: SignatureAlgorithm, message: Der): Promise<Der>;
}

/** Makes CA keys: the provisioner's port, never the issuing function's. */
export interface KeyMaker {
  /** The key of this alias, made if there is none. Idempotent. */
  findOrCreateKey(alias: string, keySpec: AuthorityKeySpec): Promise<{ keyArn: string; spki: Der }>;
}

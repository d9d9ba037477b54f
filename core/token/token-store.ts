import type { Page, PageRequest } from "../ledger/page.ts";
import type { TokenAmendment, TokenRecord, WaitingUse } from "./token-record.ts";

export interface TokenStore {
  read(tokenId: string): Promise<TokenRecord | undefined>;
  /** False when the id is taken; the stored token stays as it is. */
  create(token: TokenRecord): Promise<boolean>;
  /**
   * Counts one use, if there is room or it was counted before, and the token is neither expired nor revoked. Idempotent.
   * Only for tokens with `maxUses`.
   *
   * @param waiting where the request waits for approval: kept beside the use
   */
  consume(
    tokenId: string,
    useName: string,
    now: Date,
    waiting?: WaitingUse,
  ): Promise<"consumed" | "spent" | "unusable">;
  /**
   * Takes a use out of the count, and these waiting ones from beside it. Idempotent. Only of requests that can never be
   * signed any more, and were not.
   */
  giveBack(tokenId: string, useName: string, waiting: readonly WaitingUse[]): Promise<void>;
  /** Undefined when there is no such token. The first revocation stays. */
  revoke(tokenId: string, at: Date): Promise<TokenRecord | undefined>;
  /** Gives a token another expiration and description, unless it is revoked. Undefined when it is, or is not there. */
  amend(tokenId: string, amendment: TokenAmendment): Promise<TokenRecord | undefined>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<TokenRecord>>;
}

import type { Page, PageRequest } from "../ledger/page.ts";
import type { TokenAmendment, TokenRecord } from "./token-record.ts";

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

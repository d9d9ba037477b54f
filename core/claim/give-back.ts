import { parseCertificateRequest } from "../csr/certificate-request.ts";
import { useNameOf } from "../ledger/intent-name.ts";
import type { IssuanceRecord } from "../ledger/issuance-record.ts";
import type { IssuanceLedger } from "../ledger/issuance-ledger.ts";
import { RefusalError } from "../refusal.ts";
import type { WaitingUse } from "../token/token-record.ts";
import type { TokenStore } from "../token/token-store.ts";

/**
 * Whether it was never signed and never will be: what is void takes no reservation and no signature, and what is denied
 * takes no reservation. Nothing ever takes that back.
 */
export function canNeverBeSigned({ completion, voidedAt, decision, reservation }: IssuanceRecord): boolean {
  const isDenied = decision?.outcome === "Denied" && reservation === undefined;
  return completion === undefined && (voidedAt !== undefined || isDenied);
}

/**
 * Gives a token back the use of a request that came to nothing: a use is a key that was certified. The record must say so
 * first, and be stored. A crash before this leaves a use that stays counted until the same is said again, or until the
 * token asks for the same name.
 */
export async function giveBackUse(
  tokens: Pick<TokenStore, "giveBack">,
  record: IssuanceRecord,
  waiting: readonly WaitingUse[] = [],
): Promise<void> {
  const useName = canNeverBeSigned(record) ? useNameOfRecord(record) : undefined;
  if (record.tokenId === undefined || useName === undefined || record.isUseKept === true) return;
  await tokens.giveBack(record.tokenId, useName, waiting);
}

/** The same for intents that were just voided. What is not on record stays counted: nobody knows what became of it. */
export async function giveBackUses(
  { ledger, tokens }: { readonly ledger: IssuanceLedger; readonly tokens: TokenStore },
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const records = await ledger.readMany(names);
  await Promise.all([...records.values()].map((record) => giveBackUse(tokens, record)));
}

/** Undefined for a request that an earlier version took and this one would not: then nobody knows its key. */
export function useNameOfRecord({ name, csr, tokenId }: IssuanceRecord): string | undefined {
  if (tokenId === undefined) return undefined;
  try {
    return useNameOf(name, parseCertificateRequest(csr).spki);
  } catch (error) {
    if (error instanceof RefusalError) return undefined;
    throw error;
  }
}

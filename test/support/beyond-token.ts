import type { IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import type { TokenRecord } from "../../core/token/token-record.ts";
import type { IntentFacts } from "./reservation-auditor.ts";

/** What was made of a token beyond what it allows. */
export function beyondToken(
  { tokenId, maxUses, usedBy }: TokenRecord,
  records: readonly IssuanceRecord[],
  intents: ReadonlyMap<string, IntentFacts>,
): readonly string[] {
  if (maxUses === undefined) return [];
  const certified = records.filter((record) => record.tokenId === tokenId && record.completion !== undefined);
  const keys = new Set(certified.map(({ name }) => intents.get(name)?.key));
  return [
    ...(keys.size > maxUses ? ["a token certified more keys than it allows"] : []),
    ...(usedBy.size > maxUses ? ["a token was used more often than it allows"] : []),
    ...([...usedBy].some((name) => !intents.has(name)) ? ["a use was counted for no intent"] : []),
  ];
}

import type { IssuanceLedger } from "../ledger/issuance-ledger.ts";
import type { IssuanceRecord } from "../ledger/issuance-record.ts";
import { settle, type NodeRecord } from "../ledger/node-record.ts";
import { claimName, type ClaimOutcome, type NameClaim } from "./name-claim.ts";
import { isOfKey } from "./same-key.ts";

export interface ClaimReading {
  readonly ledger: Pick<IssuanceLedger, "read">;
  readonly clock: () => Date;
}

export interface JudgedClaim {
  readonly outcome: ClaimOutcome;
  /** Of another intent's candidate, which was read to judge. */
  readonly candidate: IssuanceRecord | undefined;
}

/**
 * Judges a claim on a name by what is stored. What an administrator asks for with the very key of the holder is for no
 * other: a person's next certificate. What is read to know it is read only where the claim would be refused. A machine
 * with its key renews, or has a token that may replace.
 *
 * @param spki the key that is asked for
 */
export async function judgeClaim(
  services: ClaimReading,
  asRead: NodeRecord,
  question: NameClaim,
  spki: Uint8Array,
): Promise<JudgedClaim> {
  const candidate = await candidateRecord(services, asRead, question.intentName);
  const outcome = claimName(asRead, candidate, question, services.clock());
  const isByAdministrator = question.tokenId === undefined && question.principal === undefined;
  const mayBeSame = outcome.outcome === "taken" && isByAdministrator;
  if (!mayBeSame || !(await isHeldByKey(services, asRead, candidate, spki))) return { outcome, candidate };
  return { outcome: claimName(asRead, candidate, { ...question, mayReplace: true }, services.clock()), candidate };
}

/** Read only where there is another's candidate: an ordinary first certificate or renewal has none. */
async function candidateRecord(
  { ledger }: ClaimReading,
  { candidate }: NodeRecord,
  intentName: string,
): Promise<IssuanceRecord | undefined> {
  return candidate === undefined || candidate.intentName === intentName ? undefined : ledger.read(candidate.intentName);
}

async function isHeldByKey(
  { ledger, clock }: ClaimReading,
  node: NodeRecord,
  record: IssuanceRecord | undefined,
  spki: Uint8Array,
): Promise<boolean> {
  const { anchor, candidate } = settle(node, record, clock());
  const holders = [anchor, candidate].filter((slot) => slot !== undefined);
  const records = await Promise.all(
    holders.map(async ({ intentName }) => (intentName === record?.name ? record : ledger.read(intentName))),
  );
  return records.every((holder) => isOfKey(holder, spki));
}

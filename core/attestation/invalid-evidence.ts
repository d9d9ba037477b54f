import { RefusalError } from "../refusal.ts";

/** Where evidence fails: at a provider, and in a claim. Its message never holds the evidence. */
export interface EvidenceFault {
  readonly provider?: string;
  readonly claim?: string;
}

export function invalidEvidence(message: string, { provider, claim }: EvidenceFault = {}): RefusalError {
  return new RefusalError("invalid_evidence", message, {
    ...(provider === undefined ? {} : { rule: `identity provider ${provider}` }),
    ...(claim === undefined ? {} : { field: `claims.${claim}` }),
  });
}

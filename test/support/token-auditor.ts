import type { IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import { beyondToken } from "./beyond-token.ts";
import type { Outside } from "./intercepted-services.ts";
import type { IntentFacts } from "./reservation-auditor.ts";

/** The keys that each token certified, for ever: records are deleted. */
export class TokenAuditor {
  readonly #tokens: Outside["tokens"];
  readonly #intents: ReadonlyMap<string, IntentFacts>;
  readonly #certified = new Map<string, Map<string, string>>();

  constructor(tokens: Outside["tokens"], intents: ReadonlyMap<string, IntentFacts>) {
    this.#tokens = tokens;
    this.#intents = intents;
  }

  /** A token's use is a key that was certified, and stays one. @returns what must never be */
  async certified({ name, tokenId, completion, voidedAt }: IssuanceRecord): Promise<string[]> {
    if (tokenId === undefined || completion === undefined || voidedAt !== undefined) return [];
    const certified = this.#certified.get(tokenId) ?? new Map<string, string>();
    this.#certified.set(tokenId, certified.set(name, this.#intents.get(name)?.key ?? name));
    const token = await this.#tokens.read(tokenId);
    if (token?.maxUses === undefined) return [];
    return [
      ...(new Set(certified.values()).size > token.maxUses ? ["a token certified more keys than it allows"] : []),
      ...(token.usedBy.has(name) ? [] : ["certified without a use of the token"]),
    ];
  }

  /** @returns what must never be, when all is quiet */
  async beyondLimit(tokenId: string, records: readonly IssuanceRecord[]): Promise<string[]> {
    const token = await this.#tokens.read(tokenId);
    if (token === undefined) return [];
    const certified = [...(this.#certified.get(tokenId)?.keys() ?? [])];
    const isGivenBack = token.maxUses !== undefined && certified.some((name) => !token.usedBy.has(name));
    return [
      ...beyondToken(token, records, this.#intents),
      ...(isGivenBack ? ["the use of a certified key was given back"] : []),
    ];
  }

  /** What a restore forgot nobody can tell. */
  restored(complete: ReadonlySet<string>): void {
    for (const names of this.#certified.values())
      for (const name of [...names.keys()]) if (!complete.has(name)) names.delete(name);
  }
}

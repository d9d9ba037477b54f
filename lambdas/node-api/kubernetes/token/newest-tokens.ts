import type { TokenStore } from "../../../../core/token/token-store.ts";
import type { TokenRecord } from "../../../../core/token/token-record.ts";

export type NewestTokens = () => Promise<readonly TokenRecord[]>;

/** A ConfigMap holds a megabyte; the newest tokens are those somebody is about to join with. */
const MOST_TOKENS = 500;

/**
 * `kubeadm join` looks every five seconds, and Kubernetes' own signer takes its time as well. Nothing is trusted for what is
 * remembered here: a token that was revoked meanwhile is refused wherever it is presented.
 */
const REMEMBERED_MS = 3000;

/** Reads five hundred items for whoever asks without a credential: once in some seconds, and not once a question. */
export function newestTokens(tokens: Pick<TokenStore, "list">, clock: () => Date): NewestTokens {
  let remembered: { readonly items: readonly TokenRecord[]; readonly readAt: number } | undefined;
  return async () => {
    const readAt = clock().getTime();
    // A clock that was set back makes nothing last longer.
    if (remembered !== undefined && Math.abs(readAt - remembered.readAt) < REMEMBERED_MS) return remembered.items;
    const { items } = await tokens.list({ limit: MOST_TOKENS, cursor: undefined });
    remembered = { items, readAt };
    return items;
  };
}

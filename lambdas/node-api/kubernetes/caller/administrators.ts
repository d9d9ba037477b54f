import { createHash } from "node:crypto";
import { ADMINISTRATORS_GROUP, AUTHENTICATED_GROUP, type Identity } from "../../../../core/token/identity.ts";
import { isPrincipal } from "../../../../core/token/principal.ts";
import type { AdministratorCheck } from "../protocol/services.ts";
import type { AskSts } from "./sts-caller.ts";
import { parseStsToken } from "./sts-token.ts";

export interface AdministratorOptions {
  /** ARNs of IAM roles and users; a `*` at the end stands for the rest. */
  readonly principals: readonly string[];
  readonly ask: AskSts;
  readonly clock: () => Date;
}

/** Somebody who loses a permission loses it here within this time. */
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 200;

/** Who a token of AWS' own kind belongs to, if it is one of the principals that may administer here. */
export function stsAdministrators({ principals, ask, clock }: AdministratorOptions): AdministratorCheck {
  const remembered = new Map<string, { readonly identity: Identity; readonly until: number }>();
  return async (token, audience) => {
    const now = clock();
    const parsed = parseStsToken(token, now);
    if (parsed === undefined) return undefined;
    // By its hash: what is kept in memory is then no credential.
    const key = createHash("sha256").update(`${audience}\n${token}`).digest("base64");
    const known = remembered.get(key);
    if (known !== undefined && known.until > now.getTime()) return known.identity;
    const caller = await ask(parsed, audience);
    if (caller === undefined || !principals.some((principal) => isPrincipal(caller.arn, principal))) return undefined;
    const identity = { username: caller.arn, groups: [ADMINISTRATORS_GROUP, AUTHENTICATED_GROUP] };
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(key, {
      identity,
      until: Math.min(now.getTime() + REMEMBERED_MS, parsed.expiresAt.getTime()),
    });
    return identity;
  };
}

import type { IssuanceRecord } from "../../../../core/ledger/issuance-record.ts";
import type { Page, PageRequest } from "../../../../core/ledger/page.ts";
import type { Caller } from "../caller/caller.ts";
import type { KubernetesServices } from "../protocol/services.ts";
import { badRequest } from "../protocol/status.ts";

/** As many of its own rows are read for a requester at once, whatever it asks for. */
export const MOST_OWN_READ = 100;

/** Which list a cursor is of: an administrator's means nothing here, nor this one there. */
const OWN = "own:";

/**
 * One page of what a requester asked for since then, newest first, in sight or not. It is one query of one partition
 * that holds nobody else's: a forged cursor begins elsewhere among the same rows.
 *
 * @throws StatusError BadRequest
 */
export async function ownPage(
  { objects }: KubernetesServices,
  { identity }: Caller,
  since: Date,
  { limit, cursor }: PageRequest,
): Promise<Page<IssuanceRecord>> {
  if (cursor?.startsWith(OWN) === false)
    throw badRequest("continue key is not valid: it is none that this server gave you");
  const requester = { username: identity.username, tokenId: identity.token?.tokenId };
  const page = await objects.listOwned(requester, since, {
    limit: Math.min(limit, MOST_OWN_READ),
    cursor: cursor?.slice(OWN.length),
  });
  return { items: page.items, cursor: page.cursor === undefined ? undefined : OWN + page.cursor };
}

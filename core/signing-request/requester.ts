import type { IssuanceRecord } from "../ledger/issuance-record.ts";
import { ADMINISTRATORS_GROUP, type Identity } from "../token/identity.ts";
import { isSamePrincipal } from "../token/principal.ts";

/** Whether a request is one's own. Sessions of one IAM role are one requester. */
export function isRequester({ username }: Pick<Identity, "username">, record: IssuanceRecord): boolean {
  return isSamePrincipal(username, record.username);
}

/** Whether an administrator asked: no certificate's name is an ARN, and no certificate is in that group. */
export function isAdministrators({ username, groups, tokenId }: IssuanceRecord): boolean {
  return tokenId === undefined && username.startsWith("arn:") && groups.includes(ADMINISTRATORS_GROUP);
}

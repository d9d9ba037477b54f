import type { AuthorityRequest, AuthorityRequestStore } from "../../../core/authority/external/ca-signing-request.ts";
import { bytes, bytesOf, optionalOf, text, unreadable, type Item } from "../attribute.ts";
import { dynamoDbTable, type TableOptions } from "../table.ts";

/** One item for each CA, beside the trust bundle. */
export function dynamoDbAuthorityRequestStore(options: TableOptions): AuthorityRequestStore {
  const table = dynamoDbTable(options, "authorities");
  const idOf = (authorityId: string): string => `request/${authorityId}`;
  const read = async (authorityId: string): Promise<AuthorityRequest | undefined> => {
    const item = await table.read(idOf(authorityId));
    return item === undefined ? undefined : requestOf(authorityId, item);
  };
  const stored = async (authorityId: string): Promise<AuthorityRequest> =>
    (await read(authorityId)) ?? unreadable(idOf(authorityId), "item");
  return {
    read,
    reserve: async (authorityId, requestInfo) => {
      const item = { id: text(idOf(authorityId)), requestInfo: bytes(requestInfo) };
      if (await table.put(item, { condition: "attribute_not_exists(#id)" }))
        return { authorityId, requestInfo, csr: undefined };
      return stored(authorityId);
    },
    complete: async (authorityId, requestInfo, csr) => {
      const item = { id: text(idOf(authorityId)), requestInfo: bytes(requestInfo), csr: bytes(csr) };
      if (await table.put(item, { condition: "attribute_not_exists(#csr)" })) return { authorityId, requestInfo, csr };
      return stored(authorityId);
    },
  };
}

function requestOf(authorityId: string, item: Item): AuthorityRequest {
  return { authorityId, requestInfo: bytesOf(item, "requestInfo"), csr: optionalOf(item, "csr", bytesOf) };
}

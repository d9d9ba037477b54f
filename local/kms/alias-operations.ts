import { aliasArn, findKeyWithoutAlias, type KmsAccount } from "./key-reference.ts";
import { assertNotPendingDeletion } from "./key-state.ts";
import type { KmsAlias } from "./key-store.ts";
import { constraintError, KmsError, notFound, validationError } from "./kms-error.ts";
import { epochSeconds, type KmsOperation } from "./operation.ts";
import { optionalInteger, optionalText, requiredText, type RequestMembers } from "./request-members.ts";

export const createAlias: KmsOperation = (members, { store, account, clock }) => {
  const name = aliasName(members);
  const key = findKeyWithoutAlias(store, account, requiredText(members, "TargetKeyId"));
  assertNotPendingDeletion(account, key);
  if (store.alias(name) !== undefined) {
    throw new KmsError("AlreadyExistsException", `An alias with the name ${aliasArn(account, name)} already exists`);
  }
  const now = clock();
  store.putAlias({ name, targetKeyId: key.keyId, createdAt: now, updatedAt: now });
  return undefined;
};

export const updateAlias: KmsOperation = (members, { store, account, clock }) => {
  const name = aliasName(members);
  const alias = store.alias(name);
  if (alias === undefined) throw notFound(`Alias ${aliasArn(account, name)} is not found.`);
  const key = findKeyWithoutAlias(store, account, requiredText(members, "TargetKeyId"));
  assertNotPendingDeletion(account, key);
  store.putAlias({ ...alias, targetKeyId: key.keyId, updatedAt: clock() });
  return undefined;
};

/** Pages in the order of names; the marker is the last name of the page before. */
export const listAliases: KmsOperation = (members, { store, account }) => {
  const limit = optionalInteger(members, "Limit", { least: 1, most: 100 }) ?? 50;
  const marker = optionalText(members, "Marker") ?? "";
  const reference = optionalText(members, "KeyId");
  const keyId = reference === undefined ? undefined : findKeyWithoutAlias(store, account, reference).keyId;
  const rest = store
    .aliases()
    .filter(({ name, targetKeyId }) => name > marker && (keyId === undefined || targetKeyId === keyId));
  const page = rest.slice(0, limit);
  const isTruncated = rest.length > page.length;
  return {
    Aliases: page.map((alias) => aliasEntry(account, alias)),
    ...(isTruncated && { NextMarker: page.at(-1)?.name }),
    Truncated: isTruncated,
  };
};

function aliasEntry(account: KmsAccount, { name, targetKeyId, createdAt, updatedAt }: KmsAlias): object {
  return {
    AliasArn: aliasArn(account, name),
    AliasName: name,
    CreationDate: epochSeconds(createdAt),
    LastUpdatedDate: epochSeconds(updatedAt),
    TargetKeyId: targetKeyId,
  };
}

const ALIAS_CHARACTERS = /^[a-zA-Z0-9:/_-]+$/;

function aliasName(members: RequestMembers): string {
  const name = requiredText(members, "AliasName");
  if (!ALIAS_CHARACTERS.test(name)) {
    throw constraintError(
      `'${name}'`,
      "aliasName",
      "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
    );
  }
  if (!name.startsWith("alias/") || name === "alias/") {
    throw validationError(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
  }
  if (name.startsWith("alias/aws/")) throw new KmsError("NotAuthorizedException", "");
  return name;
}

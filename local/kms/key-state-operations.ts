import { findKeyWithoutAlias, keyArn } from "./key-reference.ts";
import { assertNotPendingDeletion } from "./key-state.ts";
import { KmsError } from "./kms-error.ts";
import { epochSeconds, type KmsOperation } from "./operation.ts";
import { optionalInteger, requiredText } from "./request-members.ts";

export const disableKey: KmsOperation = (members, { store, account }) => {
  const key = findKeyWithoutAlias(store, account, requiredText(members, "KeyId"));
  assertNotPendingDeletion(account, key);
  store.putKey({ ...key, state: "Disabled" });
  return undefined;
};

export const enableKey: KmsOperation = (members, { store, account }) => {
  const key = findKeyWithoutAlias(store, account, requiredText(members, "KeyId"));
  assertNotPendingDeletion(account, key);
  store.putKey({ ...key, state: "Enabled" });
  return undefined;
};

const DAY_MS = 24 * 3600 * 1000;

export const scheduleKeyDeletion: KmsOperation = (members, { store, account, clock }) => {
  const windowDays = optionalInteger(members, "PendingWindowInDays", { least: 7, most: 30 }) ?? 30;
  const key = findKeyWithoutAlias(store, account, requiredText(members, "KeyId"));
  assertNotPendingDeletion(account, key);
  const deletionAt = new Date(clock().getTime() + windowDays * DAY_MS);
  store.putKey({ ...key, state: "PendingDeletion", deletionAt });
  return {
    DeletionDate: epochSeconds(deletionAt),
    KeyId: keyArn(account, key.keyId),
    KeyState: "PendingDeletion",
    PendingWindowInDays: windowDays,
  };
};

/** The key comes back disabled. */
export const cancelKeyDeletion: KmsOperation = (members, { store, account }) => {
  const key = findKeyWithoutAlias(store, account, requiredText(members, "KeyId"));
  if (key.state !== "PendingDeletion")
    throw new KmsError("KMSInvalidStateException", `${keyArn(account, key.keyId)} is not pending deletion.`);
  store.putKey({ ...key, state: "Disabled", deletionAt: undefined });
  return { KeyId: keyArn(account, key.keyId) };
};

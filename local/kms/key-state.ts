import { keyArn, type KmsAccount } from "./key-reference.ts";
import type { KmsKey } from "./key-store.ts";
import { KmsError } from "./kms-error.ts";

/** For the operations that KMS refuses on a key that is not enabled (developer guide, "Key states"). @throws KmsError */
export function assertEnabled(account: KmsAccount, key: KmsKey): void {
  assertNotPendingDeletion(account, key);
  if (key.state === "Disabled") throw new KmsError("DisabledException", `${keyArn(account, key.keyId)} is disabled.`);
}

/** @throws KmsError */
export function assertNotPendingDeletion(account: KmsAccount, key: KmsKey): void {
  if (key.state === "PendingDeletion")
    throw new KmsError("KMSInvalidStateException", `${keyArn(account, key.keyId)} is pending deletion.`);
}

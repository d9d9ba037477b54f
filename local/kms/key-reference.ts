import type { KeyStore, KmsKey } from "./key-store.ts";
import { KmsError, notFound } from "./kms-error.ts";

/** Whose keys these are. */
export interface KmsAccount {
  readonly region: string;
  readonly accountId: string;
}

export function keyArn({ region, accountId }: KmsAccount, keyId: string): string {
  return `arn:aws:kms:${region}:${accountId}:key/${keyId}`;
}

export function aliasArn({ region, accountId }: KmsAccount, aliasName: string): string {
  return `arn:aws:kms:${region}:${accountId}:${aliasName}`;
}

const KEY_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ARN = /^arn:aws:kms:([a-z0-9-]+):(\d{12}):((?:key|alias)\/.+)$/;

/**
 * Finds a key by key id, key ARN, alias name or alias ARN.
 *
 * @throws KmsError NotFoundException in KMS' words
 */
export function findKey(store: KeyStore, account: KmsAccount, reference: string): KmsKey {
  if (reference.startsWith("alias/")) return findByAlias(store, account, reference);
  if (!reference.startsWith("arn:")) return findById(store, account, reference);
  const [, region, accountId, resource] = ARN.exec(reference) ?? [];
  if (region === undefined || resource === undefined) throw notFound(`Invalid arn ${reference}`);
  if (region !== account.region) throw notFound(`Invalid arn ${region}`);
  if (accountId !== account.accountId) {
    throw new KmsError(
      "AccessDeniedException",
      `The account ${account.accountId} is not authorized to perform this operation on resource ${reference}`,
    );
  }
  return resource.startsWith("alias/")
    ? findByAlias(store, account, resource)
    : findById(store, account, resource.slice("key/".length));
}

/** For the operations that take no alias, so that nobody disables by mistake what an alias happens to name. @throws KmsError */
export function findKeyWithoutAlias(store: KeyStore, account: KmsAccount, reference: string): KmsKey {
  if (/(?:^|:)alias\//.test(reference)) throw notFound(`Invalid keyId '${reference}'`);
  return findKey(store, account, reference);
}

function findByAlias(store: KeyStore, account: KmsAccount, aliasName: string): KmsKey {
  const alias = store.alias(aliasName);
  const key = alias && store.key(alias.targetKeyId);
  if (key === undefined) throw notFound(`Alias ${aliasArn(account, aliasName)} is not found.`);
  return key;
}

function findById(store: KeyStore, account: KmsAccount, keyId: string): KmsKey {
  if (!KEY_ID.test(keyId)) throw notFound(`Invalid keyId '${keyId}'`);
  const key = store.key(keyId);
  if (key === undefined) throw notFound(`Key '${keyArn(account, keyId)}' does not exist`);
  return key;
}

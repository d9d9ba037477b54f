import { join } from "node:path";
import type { KeyType } from "../../core/keys/key-type.ts";
import { encodePrivateKeyPem, parsePrivateKeyPem, randomKeyPair, type KeyPair } from "../certificate/key-pair.ts";
import type { CertificateDirectory } from "./certificate-directory.ts";
import {
  createFileDurably,
  explainingDiskErrors,
  PRIVATE_MODE,
  readTextIfPresent,
  removeIfPresent,
  syncDirectory,
} from "./durable-file.ts";

/*
 * The key of a request is on disk before the request is sent (the kubelet's `kubelet-client.key.tmp`, K7.1). If the
 * answer or this process is lost, the next attempt asks with the same key and gets the same certificate.
 */

function pendingKeyPathOf({ path, prefix }: CertificateDirectory): string {
  return join(path, `${prefix}.key.tmp`);
}

/** @returns undefined when there is none, or the file is damaged */
export function readPendingKey(directory: CertificateDirectory): KeyPair | undefined {
  const pem = readTextIfPresent(directory.fileSystem, pendingKeyPathOf(directory));
  return pem === undefined ? undefined : parsePrivateKeyPem(pem);
}

/** The key an earlier attempt left, if it has the wanted type. Else a new one, stored before it is returned. */
export async function pendingKey(directory: CertificateDirectory, keyType: KeyType): Promise<KeyPair> {
  const left = readPendingKey(directory);
  if (left?.keyType === keyType) return left;
  const keyPair = await randomKeyPair(keyType);
  dropPendingKey(directory);
  createFileDurably(directory.fileSystem, pendingKeyPathOf(directory), encodePrivateKeyPem(keyPair), PRIVATE_MODE);
  return keyPair;
}

export function dropPendingKey({ fileSystem, path, prefix }: CertificateDirectory): void {
  const keyPath = pendingKeyPathOf({ fileSystem, path, prefix });
  explainingDiskErrors(keyPath, () => {
    removeIfPresent(fileSystem, keyPath);
    syncDirectory(fileSystem, path);
  });
}

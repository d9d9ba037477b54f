import { createPrivateKey, type KeyObject } from "node:crypto";
import * as z from "zod/mini";
import { readFileIfThere, writePrivateFile } from "../data/private-file.ts";
import { StartError } from "../loopback/start-error.ts";
import { KEY_SPECS, type KeySpec } from "./key-spec.ts";

const KEY_STATES = ["Enabled", "Disabled", "PendingDeletion"] as const;

export interface KmsKey {
  readonly keyId: string;
  readonly keySpec: KeySpec;
  readonly description: string;
  readonly createdAt: Date;
  readonly privateKey: KeyObject;
  readonly state: (typeof KEY_STATES)[number];
  /** Set while the state is PendingDeletion. */
  readonly deletionAt: Date | undefined;
}

export interface KmsAlias {
  /** With its `alias/`. */
  readonly name: string;
  readonly targetKeyId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The keys and aliases of one account and region. What is put is on disk when the call returns. */
export interface KeyStore {
  readonly key: (keyId: string) => KmsKey | undefined;
  readonly alias: (name: string) => KmsAlias | undefined;
  /** In the order of their names. */
  readonly aliases: () => readonly KmsAlias[];
  readonly putKey: (key: KmsKey) => void;
  readonly putAlias: (alias: KmsAlias) => void;
}

/**
 * Keys in one JSON file that only the owner can read. A key whose time of deletion has come is gone at the next opening.
 *
 * @throws StartError when the file is there and cannot be understood: it is never overwritten
 */
export function openKeyStore(file: string, now: Date): KeyStore {
  const stored = readKeyFile(file);
  const live = stored.keys.filter(({ deletionAt }) => deletionAt === undefined || deletionAt > now);
  let keys = new Map(live.map((key) => [key.keyId, key]));
  let aliases = new Map(
    stored.aliases.filter(({ targetKeyId }) => keys.has(targetKeyId)).map((alias) => [alias.name, alias]),
  );
  // The file first: what could not be written has not happened.
  return {
    key: (keyId) => keys.get(keyId),
    alias: (name) => aliases.get(name),
    aliases: () => [...aliases.values()].sort((one, other) => (one.name < other.name ? -1 : 1)),
    putKey: (key) => {
      const next = new Map(keys).set(key.keyId, key);
      writePrivateFile(file, encodeKeyFile([...next.values()], [...aliases.values()]));
      keys = next;
    },
    putAlias: (alias) => {
      const next = new Map(aliases).set(alias.name, alias);
      writePrivateFile(file, encodeKeyFile([...keys.values()], [...next.values()]));
      aliases = next;
    },
  };
}

const dateText = z.pipe(
  z.string().check(z.iso.datetime()),
  z.transform((text) => new Date(text)),
);

const keyFile = z.strictObject({
  version: z.literal(1),
  keys: z.array(
    z.strictObject({
      keyId: z.string().check(z.uuid()),
      keySpec: z.enum(KEY_SPECS),
      description: z.string(),
      createdAt: dateText,
      state: z.enum(KEY_STATES),
      deletionAt: z.optional(dateText),
      privateKeyPem: z.string(),
    }),
  ),
  aliases: z.array(
    z.strictObject({ name: z.string(), targetKeyId: z.string(), createdAt: dateText, updatedAt: dateText }),
  ),
});

function readKeyFile(file: string): { keys: KmsKey[]; aliases: KmsAlias[] } {
  const text = readFileIfThere(file);
  if (text === undefined) return { keys: [], aliases: [] };
  try {
    const { keys, aliases } = z.parse(keyFile, JSON.parse(text));
    return {
      keys: keys.map(({ privateKeyPem, deletionAt, ...key }) => ({
        ...key,
        deletionAt,
        privateKey: createPrivateKey(privateKeyPem),
      })),
      aliases,
    };
  } catch (cause) {
    throw new StartError(
      `the key file ${file} is damaged; put it back from a backup, or remove the data directory to begin with new keys`,
      { cause },
    );
  }
}

function encodeKeyFile(keys: readonly KmsKey[], aliases: readonly KmsAlias[]): string {
  const stored = {
    version: 1,
    keys: keys.map(({ privateKey, ...key }) => ({
      ...key,
      privateKeyPem: privateKey.export({ format: "pem", type: "pkcs8" }),
    })),
    aliases,
  };
  return `${JSON.stringify(stored, undefined, 2)}\n`;
}

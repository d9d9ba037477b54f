import { generateKeyPairSync, randomUUID, type KeyObject } from "node:crypto";
import { isMlDsa, type AuthorityKeySpec } from "../../core/keys/key-type.ts";
import type { KeyMaker } from "../../core/keys/key-maker.ts";
import { hooked, type MemoryHooks } from "./memory-hooks.ts";
import type { MemoryKeys } from "./signer.ts";

interface MadeKey {
  readonly keySpec: AuthorityKeySpec;
  readonly keyArn: string;
  readonly publicKey: KeyObject;
}

export function memoryKeyMaker(keys: MemoryKeys, hooks: MemoryHooks = {}): KeyMaker {
  const byAlias = new Map<string, MadeKey>();

  const findOrCreate = (alias: string, keySpec: AuthorityKeySpec): MadeKey => {
    const found = byAlias.get(alias);
    if (found !== undefined) {
      if (found.keySpec !== keySpec) throw new Error(`the key ${alias} is ${found.keySpec}, not ${keySpec}`);
      return found;
    }
    const { publicKey, privateKey } = generateKeyPair(keySpec);
    const made = { keySpec, publicKey, keyArn: `arn:aws:kms:local:000000000000:key/${randomUUID()}` };
    byAlias.set(alias, made);
    keys.set(made.keyArn, privateKey);
    return made;
  };

  return {
    findOrCreateKey: (alias, keySpec) =>
      hooked(hooks, "keys.findOrCreateKey", () => {
        const { keyArn, publicKey } = findOrCreate(alias, keySpec);
        return { keyArn, spki: Uint8Array.from(publicKey.export({ type: "spki", format: "der" })) };
      }),
  };
}

const ML_DSA_TYPES = { "ML-DSA-44": "ml-dsa-44", "ML-DSA-65": "ml-dsa-65", "ML-DSA-87": "ml-dsa-87" } as const;

function generateKeyPair(keySpec: AuthorityKeySpec) {
  if (keySpec === "P-256" || keySpec === "P-384") return generateKeyPairSync("ec", { namedCurve: keySpec });
  if (keySpec === "Ed25519") return generateKeyPairSync("ed25519");
  if (isMlDsa(keySpec)) return generateKeyPairSync(ML_DSA_TYPES[keySpec]);
  return generateKeyPairSync("rsa", { modulusLength: Number(keySpec.slice("RSA-".length)) });
}

import type { KeyObject } from "node:crypto";
import type { Signer } from "../../core/ports.ts";
import { signLocally } from "../../core/signature-algorithm.ts";
import { hooked, type MemoryHooks } from "./memory-hooks.ts";

/** Private keys by ARN: what `memoryKeyMaker` fills and `memorySigner` signs with. */
export type MemoryKeys = Map<string, KeyObject>;

export function memorySigner(keys: ReadonlyMap<string, KeyObject>, hooks: MemoryHooks = {}): Signer {
  return {
    sign: (keyArn, algorithm, message) =>
      hooked(hooks, "signer.sign", () => {
        const key = keys.get(keyArn);
        if (key === undefined) throw new Error(`there is no key ${keyArn}`);
        if (key.asymmetricKeyType !== algorithm.keyFamily.toLowerCase()) {
          throw new Error(`the key ${keyArn} cannot sign with ${algorithm.name}`);
        }
        return Uint8Array.from(signLocally(algorithm, message, key));
      }),
  };
}

import type { KeyObject } from "node:crypto";
import type { Signer } from "../../core/keys/signer.ts";
import { LONGEST_WHOLE_MESSAGE_BYTES, signLocally } from "../../core/keys/signature-algorithm.ts";
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
        if (algorithm.hash === undefined && message.length > LONGEST_WHOLE_MESSAGE_BYTES)
          throw new Error(`the key ${keyArn} cannot sign ${message.length} bytes with ${algorithm.name}`);
        return { octets: Uint8Array.from(signLocally(algorithm, message, key)), requestId: undefined };
      }),
  };
}

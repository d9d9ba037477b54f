import { describe } from "node:test";
import { memoryKeyMaker } from "../../adapters/memory/key-maker.ts";
import { memorySigner, type MemoryKeys } from "../../adapters/memory/signer.ts";
import { keyMakerContract } from "./contract/key-maker.contract.ts";
import { signerContract } from "./contract/signer.contract.ts";

describe("the keys in memory", () => {
  const held: MemoryKeys = new Map();
  const keys = memoryKeyMaker(held);
  signerContract(() => Promise.resolve({ signer: memorySigner(held), keys }));
  keyMakerContract(() => Promise.resolve(keys));
});

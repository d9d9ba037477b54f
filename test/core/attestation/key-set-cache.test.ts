import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { KeyLocation, KeySet } from "../../../core/attestation/key-set.ts";
import { keySetCache, type KeySetCache } from "../../../core/attestation/key-set-cache.ts";

const at = (issuer: string): KeyLocation => ({ issuer, jwksUri: undefined });
const ISSUER = at("https://issuer.example");

describe("the keys of issuers", () => {
  let seconds: number;
  let asked: string[];
  let answer: () => KeySet | undefined;
  let cache: KeySetCache;

  beforeEach(() => {
    seconds = 0;
    asked = [];
    answer = () => ({ judge: () => Promise.resolve("valid") });
    const fetch = ({ issuer }: KeyLocation): Promise<KeySet | undefined> => {
      asked.push(issuer);
      return Promise.resolve(answer());
    };
    cache = keySetCache({ fetch }, () => new Date(seconds * 1000));
  });

  it("are fetched once an hour, however many ask at once", async () => {
    const all = await Promise.all(Array.from({ length: 1000 }, () => cache.keysOf(ISSUER)));
    seconds = 3599;
    all.push(await cache.keysOf(ISSUER));
    assert.deepEqual([asked.length, new Set(all).size], [1, 1]);
    seconds = 3600;
    assert.notEqual(await cache.keysOf(ISSUER), all[0]);
    assert.equal(asked.length, 2);
  });

  it("are fetched again for an unknown key, at most once a minute", async () => {
    const known = await known1();
    assert.equal(await cache.newerThan(known, ISSUER), undefined);
    seconds = 60;
    const newer = await Promise.all(Array.from({ length: 100 }, () => cache.newerThan(known, ISSUER)));
    assert.equal(asked.length, 2);
    assert.ok(newer.every((one) => one === newer[0] && one !== undefined && one !== known));
    seconds = 119;
    assert.equal(await cache.newerThan(newer[0] ?? known, ISSUER), undefined);
    assert.equal(asked.length, 2);
  });

  it("stay in use when newer ones cannot be had, but not beyond their hour", async () => {
    const known = await known1();
    answer = () => undefined;
    for (seconds = 60; seconds < 3600; seconds += 60) assert.equal(await cache.newerThan(known, ISSUER), undefined);
    seconds = 3599;
    assert.equal(await cache.keysOf(ISSUER), known);
    seconds = 3660;
    assert.equal(await cache.keysOf(ISSUER), undefined);
  });

  it("are asked for again a minute after they could not be had", async () => {
    answer = () => undefined;
    assert.equal(await cache.keysOf(ISSUER), undefined);
    seconds = 59;
    assert.equal(await cache.keysOf(ISSUER), undefined);
    assert.equal(asked.length, 1);
    answer = () => ({ judge: () => Promise.resolve("valid") });
    seconds = 60;
    assert.notEqual(await cache.keysOf(ISSUER), undefined);
  });

  it("of new issuers are asked for twenty times a minute at most: anybody may have one in AWS' domain", async () => {
    for (let number = 0; number < 1000; number++) await cache.keysOf(at(`https://i${number}.example`));
    assert.equal(asked.length, 20);
    seconds = 60;
    assert.notEqual(await cache.keysOf(at("https://i999.example")), undefined);
    // Who was known before is in nobody's way.
    assert.notEqual(await cache.keysOf(at("https://i0.example")), undefined);
    assert.equal(asked.length, 21);
  });

  it("are forgotten, and asked for anew, when a fetch fails in a way that nobody foresaw", async () => {
    answer = () => {
      throw new Error("a defect");
    };
    await assert.rejects(async () => cache.keysOf(ISSUER), /a defect/);
    answer = () => ({ judge: () => Promise.resolve("valid") });
    assert.notEqual(await cache.keysOf(ISSUER), undefined);
  });

  async function known1(): Promise<KeySet> {
    const keys = await cache.keysOf(ISSUER);
    assert.ok(keys);
    return keys;
  }
});

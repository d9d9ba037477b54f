import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  isShard,
  revocationListUrl,
  SHARD_COUNTS,
  shardOf,
  shardsOf,
  WHOLE,
} from "../../../core/authority/revocation-shard.ts";
import { randomSerialNumber } from "../../../core/certificate/serial-number.ts";

describe("the shards of revocation lists", () => {
  it("are as many as asked for, each of a name of its own", () => {
    for (const count of SHARD_COUNTS) assert.equal(new Set(shardsOf(count)).size, count);
    assert.deepEqual(shardsOf(1), [WHOLE]);
  });

  it("have each serial number in exactly one of them, by its first digits", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SHARD_COUNTS), (count) => {
        const serialNumber = randomSerialNumber();
        const shards = shardsOf(count).filter((shard) => serialNumber.startsWith(shard));
        assert.deepEqual(shards, [shardOf(serialNumber, count)]);
      }),
    );
  });

  it("are told from other texts", () => {
    for (const shard of [...shardsOf(16), ...shardsOf(256)]) assert.ok(isShard(shard), shard);
    for (const text of ["", "A", "g", "abc", "-1", "1 "]) assert.ok(!isShard(text), text);
  });

  it("have addresses that differ from the whole list's", () => {
    const at = (shard: string) => revocationListUrl("http://crl.example", { authorityId: "issuing-g1", shard });
    assert.equal(at(WHOLE), "http://crl.example/v1/crl/issuing-g1");
    assert.equal(at("a3"), "http://crl.example/v1/crl/issuing-g1/a3");
  });
});

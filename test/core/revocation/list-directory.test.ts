import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { TrustBundle } from "../../../core/authority/authority.ts";
import { cachedRevocationLists, type RevocationLists } from "../../../core/revocation/list-directory.ts";
import { WHOLE } from "../../../core/authority/revocation-shard.ts";
import { revocationBench } from "../../support/revocation-bench.ts";

const ISSUING = { authorityId: "issuing-g1", shard: WHOLE };

describe("the lists that are handed out", () => {
  let bench: ReturnType<typeof revocationBench>;
  let bundle: TrustBundle;
  let calls: string[];
  let lists: RevocationLists;

  beforeEach(async () => {
    bench = revocationBench();
    await bench.round();
    bundle = (await bench.services.authorities.read()) ?? assert.fail("there is no bundle");
    calls = [];
    const store = bench.services.lists;
    lists = cachedRevocationLists(
      {
        read: (list) => (calls.push("read"), store.read(list)),
        fetch: (list, published) => (calls.push("fetch"), store.fetch(list, published)),
      },
      bench.services.clock,
    );
  });

  const listed = async () => (await lists(bundle, ISSUING))?.published.number;
  const callsSince = () => calls.splice(0);

  it("are looked for once a minute, and fetched when there is another", async () => {
    const number = (await bench.published())?.number;
    assert.equal(await listed(), number);
    assert.deepEqual(callsSince(), ["read", "fetch"]);
    bench.advance(59.9 / 3600);
    assert.equal(await listed(), number);
    assert.deepEqual(callsSince(), []);
    bench.advance(0.1 / 3600);
    assert.equal(await listed(), number);
    assert.deepEqual(callsSince(), ["read"]);
    bench.advance(12);
    await bench.round();
    assert.notEqual((await bench.published())?.number, number);
    assert.equal(await listed(), (await bench.published())?.number);
    assert.deepEqual(callsSince(), ["read", "fetch"]);
  });

  it("are looked for again when the clock was set back", async () => {
    await listed();
    callsSince();
    bench.advance(-1);
    assert.notEqual(await listed(), undefined);
    assert.deepEqual(callsSince(), ["read"]);
  });

  it("are none while what was published is not there, and are once it is", async () => {
    const { published } = await bench.services.lists.read(ISSUING);
    assert.ok(published !== undefined);
    const store = bench.services.lists;
    let isThere = false;
    lists = cachedRevocationLists(
      { ...store, fetch: async (...args) => (isThere ? store.fetch(...args) : undefined) },
      bench.services.clock,
    );
    assert.equal(await listed(), undefined);
    isThere = true;
    bench.advance(60 / 3600);
    assert.equal(await listed(), published.number);
  });

  it("do not remember a failure", async () => {
    const store = bench.services.lists;
    let isBroken = true;
    lists = cachedRevocationLists(
      { ...store, read: (list) => (isBroken ? Promise.reject(new Error("no table")) : store.read(list)) },
      bench.services.clock,
    );
    await assert.rejects(listed(), /no table/);
    isBroken = false;
    assert.notEqual(await listed(), undefined);
  });
});

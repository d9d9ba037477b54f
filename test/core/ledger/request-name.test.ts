import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  faultOfObjectName,
  generatedName,
  isRequestName,
  objectNameOf,
  successorName,
} from "../../../core/ledger/request-name.ts";

const INTENT = `csr-${"A".repeat(43)}`;

describe("names of requests", () => {
  for (const name of ["alice", "node-csr-aB_9", "csr-x7k2p", "größer", "a b", "..a"])
    it(`may be ${JSON.stringify(name)}`, () => {
      assert.equal(faultOfObjectName(name), undefined);
      assert.ok(isRequestName(name));
    });

  for (const name of [".", "..", "a/b", "a%b", "a~b", "a\u0000", "x".repeat(254), INTENT])
    it(`may not be chosen: ${JSON.stringify(name.slice(0, 20))}`, () =>
      assert.notEqual(faultOfObjectName(name), undefined));

  it("of native requests are looked for, though nobody may choose them", () => assert.ok(isRequestName(INTENT)));

  it("that were used before lead to their object", () => {
    const next = successorName("alice");
    assert.match(next, /^alice~[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    assert.ok(isRequestName(next));
    assert.equal(objectNameOf(next), "alice");
    assert.ok(!isRequestName("alice~x"));
    assert.ok(!isRequestName("alice~bbbbb~ccccc"));
  });

  it("are generated from at most 58 characters", () => {
    assert.equal(generatedName("x".repeat(100)).length, 63);
    assert.notEqual(generatedName("csr-"), generatedName("csr-"));
  });
});

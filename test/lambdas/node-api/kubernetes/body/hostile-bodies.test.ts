import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeContinue } from "../../../../../lambdas/node-api/kubernetes/read/continue-token.ts";
import { duplicateMembers } from "../../../../../lambdas/node-api/kubernetes/body/duplicate-members.ts";
import { applyJsonPatch } from "../../../../../lambdas/node-api/kubernetes/body/json-patch.ts";
import { decodeMessage } from "../../../../../lambdas/node-api/kubernetes/body/protobuf.ts";
import { selectionOf } from "../../../../../lambdas/node-api/kubernetes/read/selector.ts";
import { StatusError } from "../../../../../lambdas/node-api/kubernetes/protocol/status.ts";
import { parseStsToken } from "../../../../../lambdas/node-api/kubernetes/caller/sts-token.ts";

const NOW = new Date("2026-11-23T12:00:00Z");

/** What grows with the square of its input would be at this for hours; what does not, is done within a second. */
const HANGS = { timeout: 240_000 };
const MANY = 400_000;

describe("input that is made to be dear", () => {
  it("is a protobuf body of nothing but empty texts", HANGS, () => {
    const fields = { 4: { name: "groups", type: "string", isRepeated: true } } as const;
    const { groups } = decodeMessage(Buffer.alloc(2 * MANY, Uint8Array.of(0x22, 0)), fields);
    assert.equal(Array.isArray(groups) && groups.length, MANY);
  });

  it("is a protobuf body of nothing but labels", HANGS, () => {
    const entries = Array.from({ length: MANY }, (_, index) => {
      const key = index.toString(36).padStart(4, "0");
      return Buffer.concat([Uint8Array.of(0x22, 6, 0x0a, 4), Buffer.from(key)]);
    });
    const { labels } = decodeMessage(Buffer.concat(entries), { 4: { name: "labels", type: "map" } });
    assert.equal(labels instanceof Map && labels.size, MANY);
  });

  it("is a selector of nothing but commas", HANGS, () => {
    const selector = `${",".repeat(MANY)}a in (x,y)${",".repeat(MANY)}`;
    assert.equal(selectionOf(new URLSearchParams({ labelSelector: selector })).name, undefined);
  });

  it("is one long member with many that stand there twice", () => {
    const text = `{"${"k".repeat(32_000)}":{${Array.from({ length: 6_000 }, () => '"":0').join(",")}}}`;
    const told = duplicateMembers(text).join("").length;
    assert.ok(told > 0 && told < 64 * 1024, `${told} characters are told of ${text.length}`);
  });

  it("is a patch that doubles the object with each of its operations", HANGS, () => {
    const doubling = Array.from({ length: 100 }, (_, index) => ({ op: "copy", from: "", path: `/x${index}` }));
    assert.throws(() => applyJsonPatch({ a: "1" }, doubling), StatusError);
  });

  it("is a patch that makes a list as long as a list may be", HANGS, () => {
    for (const op of ["replace", "add", "remove", "test"]) {
      const patch = [{ op, path: "/list/length", value: 2 ** 32 - 1 }];
      assert.throws(() => applyJsonPatch({ list: [1] }, patch), StatusError, op);
    }
  });
});

describe("input that nobody meant", () => {
  /** Throws a StatusError, or nothing. */
  const assertRefuses = (read: () => unknown): void => {
    try {
      read();
    } catch (error) {
      assert.ok(error instanceof StatusError, String(error));
    }
  };
  const runs = { numRuns: 2000 };

  it("is refused as a selector, or read", () => {
    const piece = fc.constantFrom(
      "a",
      "in",
      "notin",
      "(",
      ")",
      ",",
      "=",
      "==",
      "!=",
      "!",
      " ",
      "metadata.name",
      "\0",
      "é",
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 20 }),
        fc.constantFrom("labelSelector", "fieldSelector"),
        (pieces, name) => assertRefuses(() => selectionOf(new URLSearchParams({ [name]: pieces.join("") }))),
      ),
      runs,
    );
  });

  it("is refused as a patch, or applied, and reaches no prototype", () => {
    const part = fc.constantFrom(
      "a",
      "list",
      "0",
      "1",
      "-",
      "-1",
      "1e0",
      "length",
      "__proto__",
      "constructor",
      "~1",
      "",
    );
    const path = fc.array(part, { maxLength: 3 }).map((parts) => parts.map((one) => `/${one}`).join(""));
    const op = fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "fly");
    const operation = fc.record({ op, path, from: path, value: fc.jsonValue({ maxDepth: 2 }) }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 8 }), (operations) => {
        assertRefuses(() => JSON.stringify(applyJsonPatch({ a: { b: 1 }, list: [1, { c: 2 }] }, operations)));
        assert.deepEqual([Object.keys(Object.prototype), Object.keys(Array.prototype)], [[], []]);
      }),
      runs,
    );
  });

  it("is refused as a patch that adds nothing", () => {
    for (const op of ["add", "replace"])
      assert.throws(() => applyJsonPatch({ a: 1 }, [{ op, path: "/a" }]), { reason: "BadRequest" });
  });

  it("is refused as a place to go on at, or is one of a list that was begun", () => {
    const rv = fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger(), fc.constant("5"));
    const parts = fc.record({ v: fc.constantFrom("nodeseal/1", "x"), rv, cursor: fc.string() }, { requiredKeys: [] });
    const text = fc.oneof(
      parts.map((one) => JSON.stringify(one)),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (json) =>
        assertRefuses(() => {
          const { startedAt } = decodeContinue(Buffer.from(json).toString("base64url"), NOW);
          assert.ok(startedAt.getTime() <= NOW.getTime() + 60_000, `began at ${startedAt.getTime()}`);
        }),
      ),
      runs,
    );
    for (const beyond of [Number.MAX_SAFE_INTEGER, 8.64e15, NOW.getTime() + 3600_000]) {
      const json = JSON.stringify({ v: "nodeseal/1", rv: beyond, cursor: "0:" });
      assert.throws(() => decodeContinue(Buffer.from(json).toString("base64url"), NOW), StatusError);
    }
  });

  it("is no token of STS", () => {
    const address = fc
      .tuple(fc.constantFrom("https://", "http://", ""), fc.webAuthority(), fc.string())
      .map((all) => all.join(""));
    fc.assert(
      fc.property(fc.oneof(address, fc.string()), (text) =>
        assert.equal(parseStsToken(`k8s-aws-v1.${Buffer.from(text).toString("base64url")}`, NOW), undefined),
      ),
      runs,
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { duplicateMembers } from "../../../../lambdas/node-api/kubernetes/body/duplicate-members.ts";
import { humanDuration } from "../../../../lambdas/node-api/kubernetes/protocol/human-duration.ts";
import { applyJsonPatch } from "../../../../lambdas/node-api/kubernetes/body/json-patch.ts";
import { acceptanceOf } from "../../../../lambdas/node-api/kubernetes/protocol/media-type.ts";
import { applyMergePatch, applyStrategicMergePatch } from "../../../../lambdas/node-api/kubernetes/body/merge-patch.ts";
import { faultsOfSignerName } from "../../../../lambdas/node-api/kubernetes/signing-request/signer-name.ts";

describe("kubectl's durations", () => {
  const S = 1;
  const [M, H, D, Y] = [60, 3600, 86_400, 365 * 86_400];
  const rows: readonly [number, string][] = [
    [-2, "<invalid>"],
    [-0.5, "0s"],
    [0, "0s"],
    [119 * S, "119s"],
    [2 * M, "2m"],
    [2 * M + 5, "2m5s"],
    [10 * M + 5, "10m"],
    [3 * H - 1, "179m"],
    [3 * H, "3h"],
    [7 * H + 5 * M, "7h5m"],
    [8 * H, "8h"],
    [47 * H, "47h"],
    [2 * D, "2d"],
    [7 * D + 3 * H, "7d3h"],
    [8 * D, "8d"],
    [Y, "365d"],
    [2 * Y + 3 * D, "2y3d"],
    [9 * Y, "9y"],
  ];
  for (const [seconds, text] of rows)
    it(`writes ${seconds} s as ${text}`, () => assert.equal(humanDuration(seconds * 1000), text));
});

describe("what a client accepts", () => {
  const v2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const rows = [
    {
      why: "kubectl get",
      accept:
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
      expect: { isPartial: false, table: "v1", aggregatedDiscovery: undefined, acceptsJson: true },
    },
    {
      why: "discovery",
      accept: `${v2},${v2.replace("v2", "v2beta1")},application/json`,
      expect: { isPartial: false, table: undefined, aggregatedDiscovery: "v2", acceptsJson: true },
    },
    {
      why: "discovery with a profile",
      accept: `${v2};profile=nopeer,application/json`,
      expect: { isPartial: false, table: undefined, aggregatedDiscovery: "v2", acceptsJson: true },
    },
    {
      why: "a kubelet",
      accept: "application/vnd.kubernetes.protobuf,application/json",
      expect: { isPartial: false, table: undefined, aggregatedDiscovery: undefined, acceptsJson: true },
    },
    {
      why: "curl",
      accept: "*/*",
      expect: { isPartial: false, table: undefined, aggregatedDiscovery: undefined, acceptsJson: true },
    },
    {
      why: "nothing said",
      accept: undefined,
      expect: { isPartial: false, table: undefined, aggregatedDiscovery: undefined, acceptsJson: true },
    },
    {
      why: "a metadata informer",
      accept: ["vnd.kubernetes.protobuf;as", "json;as"]
        .map((type) => `application/${type}=PartialObjectMetadataList;g=meta.k8s.io;v=v1`)
        .concat("application/json")
        .join(),
      expect: { isPartial: true, table: undefined, aggregatedDiscovery: undefined, acceptsJson: true },
    },
    {
      why: "metadata as a second choice",
      accept: "application/json,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
      expect: { isPartial: false, table: undefined, aggregatedDiscovery: undefined, acceptsJson: true },
    },
    {
      why: "protobuf only",
      accept: "application/vnd.kubernetes.protobuf",
      expect: { isPartial: false, table: undefined, aggregatedDiscovery: undefined, acceptsJson: false },
    },
  ];
  for (const { why, accept, expect } of rows)
    it(`is read: ${why}`, () => assert.deepEqual(acceptanceOf(accept), expect));
});

describe("members that stand there twice", () => {
  const rows: readonly [string, readonly string[]][] = [
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":2}', ["a"]],
    ['{"a":{"b":1,"b":2}}', ["a.b"]],
    ['{"a":[{"b":1},{"b":1,"b":2}]}', ["a[1].b"]],
    ['{"a":"a","b":"\\"a\\":1,\\"a\\":"}', []],
    ['{"\\u0061":1,"a":2}', ["a"]],
    ['["a","a"]', []],
  ];
  for (const [text, expected] of rows)
    it(`are found in ${text}`, () => assert.deepEqual(duplicateMembers(text), expected));
});

describe("patches", () => {
  const object = { a: { b: 1 }, list: [1, 2], conditions: [{ type: "Approved", reason: "x" }] };

  it("merge, remove by null, and replace lists", () => {
    assert.deepEqual(applyMergePatch(object, { a: { c: 2 }, list: [3], conditions: null }), {
      a: { b: 1, c: 2 },
      list: [3],
    });
  });

  it("merge conditions by their type", () => {
    const patch = {
      conditions: [{ type: "Denied" }, { type: "Approved", reason: "y" }],
      "$setElementOrder/conditions": [],
    };
    assert.deepEqual(applyStrategicMergePatch(object, patch), {
      ...object,
      conditions: [{ type: "Approved", reason: "y" }, { type: "Denied" }],
    });
  });

  it("follow RFC 6902, and leave what they patch alone", () => {
    const before = structuredClone(object);
    const patched = applyJsonPatch(object, [
      { op: "test", path: "/a/b", value: 1 },
      { op: "add", path: "/list/-", value: 3 },
      { op: "move", from: "/a", path: "/z~1y" },
      { op: "copy", from: "/list/0", path: "/list/0" },
      { op: "remove", path: "/conditions" },
    ]);
    assert.deepEqual(patched, { list: [1, 1, 2, 3], "z/y": { b: 1 } });
    assert.deepEqual(object, before);
  });

  const unfit: readonly (readonly [string, unknown])[] = [
    ["no operations", {}],
    ["an operation nobody knows", [{ op: "fly", path: "/a" }]],
    ["a path that is not there", [{ op: "replace", path: "/x/y", value: 1 }]],
    ["a place beyond the end", [{ op: "add", path: "/list/9", value: 1 }]],
    ["a test that fails", [{ op: "test", path: "/a/b", value: 2 }]],
    ["a prototype", [{ op: "add", path: "/__proto__/polluted", value: 1 }]],
    ["a path without a slash", [{ op: "remove", path: "a" }]],
  ];
  for (const [why, patch] of unfit)
    it(`are refused: ${why}`, () => assert.throws(() => applyJsonPatch(object, patch), { name: "StatusError" }));

  it("never reach a prototype", () => {
    applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":1}}'));
    assert.equal(Reflect.get({}, "polluted"), undefined);
  });
});

describe("signer names", () => {
  const rows: readonly [string, boolean][] = [
    ["kubernetes.io/kubelet-serving", true],
    ["example.com/a.b.c", true],
    [`${"a".repeat(63)}.io/x`, true],
    ["localhost/x", false],
    ["Example.com/x", false],
    ["example.com/X", false],
    ["example.com/x/y", false],
    ["example.com/", false],
    [`${"a".repeat(64)}.io/x`, false],
    ["kubernetes.io/legacy-unknown", false],
  ];
  for (const [name, isGood] of rows)
    it(`${isGood ? "may" : "may not"} be ${name.slice(0, 40)}`, () =>
      assert.equal(faultsOfSignerName(name).length === 0, isGood));
});

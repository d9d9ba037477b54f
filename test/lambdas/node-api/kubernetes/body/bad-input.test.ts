import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { personBody, REQUESTS_PATH, send, textOf } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

describe("what a client should not have sent", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
    for (const name of ["carol", "dave"]) {
      const body = personBody(name);
      await send(service, "POST", REQUESTS_PATH, { as: service.administratorToken, body });
    }
    await decide("dave", [{ type: "Denied", status: "True", reason: "Test", message: "no" }]);
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  const decide = async (name: string, conditions: unknown, changes: Readonly<Record<string, unknown>> = {}) => {
    const as = service.administratorToken;
    const { json } = await send(service, "GET", `${REQUESTS_PATH}/${name}`, { as });
    const body = { ...json, ...changes, status: { conditions } };
    return send(service, "PUT", `${REQUESTS_PATH}/${name}/approval`, { as, body });
  };

  const APPROVED = { type: "Approved", status: "True", reason: "Test" };
  const approvals: readonly {
    readonly why: string;
    readonly name?: string;
    readonly conditions: unknown;
    readonly changes?: Readonly<Record<string, unknown>>;
    readonly code: number;
    readonly message: RegExp;
  }[] = [
    {
      why: "both decisions",
      conditions: [APPROVED, { ...APPROVED, type: "Denied" }],
      code: 422,
      message: /mutually exclusive/,
    },
    {
      why: "a decision that is not True",
      conditions: [{ ...APPROVED, status: "False" }],
      code: 422,
      message: /conditions\[0\]\.status: Unsupported value: "False"/,
    },
    {
      why: "a condition without a type",
      conditions: [{ status: "True" }],
      code: 422,
      message: /conditions\[0\]\.type: Required value/,
    },
    { why: "a condition twice", conditions: [APPROVED, APPROVED], code: 422, message: /Duplicate value/ },
    {
      why: "a failure",
      conditions: [{ ...APPROVED, type: "Failed" }],
      code: 422,
      message: /"Failed" may not be added/,
    },
    {
      why: "approving what was denied",
      name: "dave",
      conditions: [APPROVED],
      code: 422,
      message: /updates may not remove a condition of type "Denied"/,
    },
    { why: "taking a decision back", name: "dave", conditions: [], code: 422, message: /may not remove/ },
    {
      why: "a stale version",
      conditions: [APPROVED],
      changes: { metadata: { name: "carol", resourceVersion: "1" } },
      code: 409,
      message: /the object has been modified/,
    },
    {
      why: "another object's uid",
      conditions: [APPROVED],
      changes: { metadata: { name: "carol", uid: "x" } },
      code: 409,
      message: /Precondition failed: UID/,
    },
    {
      why: "no name at all",
      conditions: [APPROVED],
      changes: { metadata: {} },
      code: 400,
      message: /name must be provided/,
    },
    {
      why: "another name",
      conditions: [APPROVED],
      changes: { metadata: { name: "bob" } },
      code: 400,
      message: /does not match the name on the URL/,
    },
  ];
  for (const { why, name = "carol", conditions, changes, code, message } of approvals) {
    it(`is no approval: ${why}`, async () => {
      const { status, json } = await decide(name, conditions, changes);
      assert.equal(status, code);
      assert.match(textOf(json["message"]), message);
    });
  }

  it("approves twice without a difference, and never edits a spec", async () => {
    const first = await decide("carol", [APPROVED], { spec: { signerName: "evil.example/signer" } });
    assert.equal(first.status, 200);
    assert.equal(first.json["spec"]?.["signerName"], "kubernetes.io/kube-apiserver-client");
    const second = await decide("carol", [{ ...APPROVED, reason: "Other" }]);
    assert.equal(second.status, 200);
    assert.equal(second.json["status"]?.["conditions"]?.[0]?.["reason"], "Test");
  });

  it("sets no status: this service is the only signer", async () => {
    const as = service.administratorToken;
    const path = `${REQUESTS_PATH}/dave/status`;
    const { json } = await send(service, "GET", path, { as });
    assert.equal((await send(service, "PUT", path, { as, body: json })).status, 200);
    const forged = { ...json, status: { ...(json["status"] ?? {}), certificate: "AAAA" } };
    const answer = await send(service, "PUT", path, { as, body: forged });
    assert.equal(answer.status, 403);
    assert.match(
      textOf(answer.json["message"]),
      /user not permitted to sign requests with signerName "kubernetes\.io\/kube-apiserver-client"/,
    );
  });

  it("patches labels and nothing else, by three kinds of patch", async () => {
    const as = service.administratorToken;
    const patch = (type: string, body: unknown) => send(service, "PATCH", `${REQUESTS_PATH}/dave`, { as, body, type });
    const merged = await patch("application/merge-patch+json", {
      metadata: { labels: { a: "1", b: "2" } },
      spec: { usages: [] },
    });
    assert.deepEqual([merged.status, merged.json["metadata"]?.["labels"]], [200, { a: "1", b: "2" }]);
    assert.deepEqual(merged.json["spec"]?.["usages"], ["client auth"]);
    const strategic = await patch("application/strategic-merge-patch+json", { metadata: { labels: { a: null } } });
    assert.deepEqual(strategic.json["metadata"]?.["labels"], { b: "2" });
    const listed = await patch("application/json-patch+json", [
      { op: "replace", path: "/metadata/labels/b", value: "3" },
    ]);
    assert.deepEqual(listed.json["metadata"]?.["labels"], { b: "3" });
    const unfit = await patch("application/json-patch+json", [{ op: "remove", path: "/metadata/labels/nobody" }]);
    assert.equal(unfit.status, 422);
    assert.equal((await patch("application/json", {})).status, 415);
  });
});

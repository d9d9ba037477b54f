import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { BootstrapToken } from "../../../../core/bootstrap-token.ts";
import { encodeContinue } from "../../../../lambdas/node-api/kubernetes/continue-token.ts";
import { personBody, REQUESTS_PATH, send, textOf } from "../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../support/kubernetes-service.ts";

describe("what a client should not have sent", () => {
  let service: KubernetesService;
  let token: BootstrapToken;
  before(async () => {
    service = await startKubernetesService();
    token = await service.newToken();
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

  const hourAgo = new Date(Date.now() - 3600_000);
  const readings = [
    {
      why: "a field nobody selects by",
      path: "?fieldSelector=spec.username%3Dx",
      code: 400,
      message: /^field label not supported: spec\.username$/,
    },
    { why: "a selector that is none", path: "?fieldSelector=x", code: 400, message: /invalid selector/ },
    {
      why: "a label selector that is none",
      path: "?labelSelector=a%20b%20c",
      code: 400,
      message: /unable to parse requirement/,
    },
    { why: "a limit that is no number", path: "?limit=many", code: 400, message: /limit/ },
    { why: "a continue token of nobody", path: "?continue=abc", code: 400, message: /continue key is not valid/ },
    {
      why: "an old continue token",
      path: `?continue=${encodeContinue({ startedAt: hourAgo, cursor: "0:" })}`,
      code: 410,
      message: /too old/,
    },
    { why: "exactly what was", path: "?resourceVersion=5&resourceVersionMatch=Exact", code: 410, message: /too old/ },
    { why: "a version that is no number", path: "?resourceVersion=five", code: 400, message: /resourceVersion/ },
    {
      why: "a watch from long ago",
      path: "?watch=1&resourceVersion=1",
      code: 410,
      message: /too old resource version/,
    },
    {
      why: "a streaming list without its match",
      path: "?watch=1&sendInitialEvents=true&allowWatchBookmarks=true",
      code: 422,
      message: /NotOlderThan/,
    },
    {
      why: "a version's match without a version",
      path: "?resourceVersionMatch=NotOlderThan",
      code: 422,
      message:
        /^ListOptions\.meta\.k8s\.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided$/,
    },
    {
      why: "a match nobody knows",
      path: "?resourceVersion=1&resourceVersionMatch=About",
      code: 422,
      message: /resourceVersionMatch: Unsupported value: "About": supported values: "Exact", "NotOlderThan", ""/,
    },
    {
      why: "a streaming list that is no watch",
      path: "?sendInitialEvents=true",
      code: 422,
      message: /sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list/,
    },
    {
      why: "a version in the middle of a list",
      path: `?resourceVersion=1&continue=${encodeContinue({ startedAt: new Date(), cursor: "0:" })}`,
      code: 400,
      message: /specifying resource version is not allowed when using continue/,
    },
    {
      why: "a watch with a version's match alone",
      path: "?watch=1&resourceVersion=1&resourceVersionMatch=NotOlderThan",
      code: 422,
      message: /resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided/,
    },
    {
      why: "a streaming list whose end could not be told",
      path: "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
      code: 422,
      message: /allowWatchBookmarks: Forbidden: must be true with sendInitialEvents/,
    },
    {
      why: "nothing there",
      path: "/nobody",
      code: 404,
      message: /^certificatesigningrequests\.certificates\.k8s\.io "nobody" not found$/,
    },
    {
      why: "a subresource nobody has",
      path: "/carol/log",
      code: 404,
      message: /could not find the requested resource/,
    },
  ] as const;
  for (const { why, path, code, message } of readings) {
    it(`cannot be read: ${why}`, async () => {
      const { status, json } = await send(service, "GET", REQUESTS_PATH + path, { as: service.administratorToken });
      assert.equal(status, code);
      assert.match(textOf(json["message"]), message);
    });
  }

  it("needs JSON to be accepted", async () => {
    const headers = { accept: "application/vnd.kubernetes.protobuf" };
    const { status, json } = await send(service, "GET", REQUESTS_PATH, { as: token, headers });
    assert.deepEqual([status, json["reason"]], [406, "NotAcceptable"]);
  });

  const credentials = [
    { why: "none", as: undefined },
    { why: "a wrong token", as: "abcdef.0123456789abcdef" },
    { why: "no token at all", as: "nonsense" },
  ];
  for (const { why, as } of credentials) {
    it(`is nobody's: ${why}`, async () => {
      const { status, json, headers } = await send(service, "GET", REQUESTS_PATH, as === undefined ? {} : { as });
      assert.deepEqual([status, json["reason"], json["message"]], [401, "Unauthorized", "Unauthorized"]);
      assert.equal(headers["www-authenticate"], "Bearer");
    });
  }

  it("is refused with a wrong token even where none is needed", async () => {
    assert.equal((await send(service, "GET", "/version")).status, 200);
    assert.equal((await send(service, "GET", "/version", { as: "nonsense" })).status, 401);
  });

  it("is forbidden to whoever is no administrator, in RBAC's words", async () => {
    const answer = await send(service, "PUT", `${REQUESTS_PATH}/carol/approval`, {
      as: token,
      body: personBody("carol"),
    });
    assert.equal(answer.status, 403);
    assert.equal(
      answer.json["message"],
      `certificatesigningrequests.certificates.k8s.io "carol" is forbidden: User "system:bootstrap:${token.id}" cannot update resource "certificatesigningrequests/approval" in API group "certificates.k8s.io" at the cluster scope`,
    );
  });

  const somebodyElse = [
    {
      header: { "impersonate-user": "bob" },
      what: /^users "bob" is forbidden: .* cannot impersonate resource "users" in API group ""/,
    },
    { header: { "impersonate-group": "system:masters" }, what: /^groups "system:masters" is forbidden/ },
    { header: { "impersonate-extra-scopes": "all" }, what: /^userextras\.authentication\.k8s\.io "all" is forbidden/ },
  ];
  for (const { header, what } of somebodyElse) {
    it(`is not answered as if it asked for itself: ${Object.keys(header).join()}`, async () => {
      const { status, json } = await send(service, "GET", REQUESTS_PATH, {
        as: service.administratorToken,
        headers: header,
      });
      assert.deepEqual([status, json["reason"]], [403, "Forbidden"]);
      assert.match(textOf(json["message"]), what);
    });
  }

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
    assert.equal((await patch("application/apply-patch+yaml", {})).status, 415);
  });
});

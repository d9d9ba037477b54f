import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { BootstrapToken } from "../../../../../core/token/bootstrap-token.ts";
import { encodeContinue } from "../../../../../lambdas/node-api/kubernetes/read/continue-token.ts";
import { eventsIn, personBody, REQUESTS_PATH, send, textOf } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

describe("what nobody should ask to read", () => {
  let service: KubernetesService;
  let token: BootstrapToken;
  before(async () => {
    service = await startKubernetesService();
    token = await service.newToken();
    await send(service, "POST", REQUESTS_PATH, { as: service.administratorToken, body: personBody("carol") });
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

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

  it("is read as kube-apiserver reads it: no limit below zero, and names without values are true", async () => {
    const as = service.administratorToken;
    assert.equal((await send(service, "GET", `${REQUESTS_PATH}?limit=-1`, { as })).status, 200);
    const watched = await send(service, "GET", `${REQUESTS_PATH}?watch&timeoutSeconds=1`, { as });
    assert.equal(eventsIn(watched)[0]?.type, "ADDED");
    const listed = await send(service, "GET", `${REQUESTS_PATH}?watch=FALSE`, { as });
    assert.equal(listed.json["kind"], "CertificateSigningRequestList");
  });

  it("needs JSON to be accepted", async () => {
    for (const accept of ["application/vnd.kubernetes.protobuf", "application/yaml", "text/html"]) {
      const { status, json } = await send(service, "GET", REQUESTS_PATH, { as: token, headers: { accept } });
      assert.deepEqual([status, json["reason"]], [406, "NotAcceptable"]);
    }
    const accept = "application/json,application/json;as=Table;g=meta.k8s.io;v=v1";
    const { json } = await send(service, "GET", REQUESTS_PATH, { as: token, headers: { accept } });
    assert.equal(json["kind"], "CertificateSigningRequestList");
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
});

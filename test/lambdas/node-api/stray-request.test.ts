import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeBootstrapToken } from "../../../core/token/bootstrap-token.ts";
import { REQUESTS_PATH, requestBody, send, textOf } from "../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../support/kubernetes-service.ts";

const SECRETS_PATH = "/api/v1/namespaces/kube-system/secrets";
const CLUSTER_INFO_PATH = "/api/v1/namespaces/kube-public/configmaps/cluster-info";

describe("a fixed path", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  // What the API description of Kubernetes names with a slash, generated clients ask for with one (Python's VersionApi).
  const documents = [
    "/healthz",
    "/v1/trust-bundle",
    "/v1/openapi.json",
    "/version",
    "/livez",
    "/readyz",
    "/api",
    "/apis",
    "/api/v1",
    "/apis/certificates.k8s.io",
    "/apis/certificates.k8s.io/v1",
    "/openapi/v3",
  ];
  for (const path of documents) {
    it(`answers with a slash at its end as without, and HEAD as GET without a body: ${path}`, async () => {
      const plain = await send(service, "GET", path);
      assert.equal(plain.status, 200);
      const slashed = await send(service, "GET", `${path}/`);
      assert.deepEqual([slashed.status, slashed.text], [200, plain.text]);
      for (const spelling of [path, `${path}/`]) {
        const head = await send(service, "HEAD", spelling);
        assert.deepEqual(
          [head.status, head.text, head.headers["content-type"], head.headers["etag"]],
          [200, "", plain.headers["content-type"], plain.headers["etag"]],
        );
      }
    });

    it(`says which methods it has: ${path}`, async () => {
      for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
        const { status, headers, json } = await send(service, method, path, { body: {} });
        assert.deepEqual([status, headers["allow"]], [405, "GET, HEAD"], method);
        assert.equal(
          json["status"] === undefined ? undefined : typeof json["status"],
          /^\/(healthz|v1)/.test(path) ? "number" : "string",
        );
      }
    });
  }

  const others = [
    { path: "/v1/certificates", method: "GET", allow: "POST" },
    { path: "/v1/certificates/renew", method: "PUT", allow: "GET, POST" },
    { path: "/v1/certificates/some-name", method: "DELETE", allow: "GET" },
    { path: "/v1/certificates/some-name/renewal-window", method: "POST", allow: "GET" },
    { path: "/v1/crl/issuing-1", method: "POST", allow: "GET" },
  ];
  for (const { path, method, allow } of others) {
    it(`of our own says so too: ${method} ${path}`, async () => {
      const { status, headers, json } = await send(service, method, path);
      assert.deepEqual([status, headers["allow"], json["code"]], [405, allow, "method_not_allowed"]);
      assert.equal(textOf(json["detail"]), `this path is there for ${allow}, not for ${method}`);
    });
  }

  it("takes a CSR with a slash at the end, and nothing where there is nothing", async () => {
    const { status, json } = await send(service, "POST", "/v1/certificates/", { body: { csr: "x" } });
    assert.deepEqual([status, json["code"]], [401, "invalid_token"]);
    for (const path of ["/v1/nothing", "/v1/healthz", "/healthzz", "/v1/trust-bundle//", "/"])
      assert.equal((await send(service, "GET", path)).status, 404, path);
  });

  const kubernetes = [
    { path: REQUESTS_PATH, method: "DELETE", allow: "GET, POST" },
    { path: REQUESTS_PATH, method: "HEAD", allow: "GET, POST" },
    { path: `${REQUESTS_PATH}/x`, method: "POST", allow: "GET, PUT, PATCH, DELETE" },
    { path: `${REQUESTS_PATH}/x/approval`, method: "DELETE", allow: "GET, PUT, PATCH" },
    { path: SECRETS_PATH, method: "DELETE", allow: "GET, POST" },
    { path: `${SECRETS_PATH}/bootstrap-token-aaaaaa`, method: "POST", allow: "GET, PUT, PATCH, DELETE" },
    { path: CLUSTER_INFO_PATH, method: "DELETE", allow: "GET" },
    { path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", method: "GET", allow: "POST" },
  ];
  for (const { path, method, allow } of kubernetes) {
    it(`of Kubernetes' resources says so, as a kube-apiserver does: ${method} ${path}`, async () => {
      const { status, headers, json } = await send(service, method, path, { as: service.administratorToken });
      assert.deepEqual([status, headers["allow"]], [405, allow]);
      if (method !== "HEAD") assert.equal(json["reason"], "MethodNotAllowed");
    });
  }

  it("of a resource leads from a slash at its end to its own route, with query, method and body", async () => {
    const as = encodeBootstrapToken(await service.newToken());
    const list = await send(service, "GET", `${REQUESTS_PATH}/?limit=5&labelSelector=a%3Db`, { as });
    assert.deepEqual([list.status, list.headers["location"]], [308, `${REQUESTS_PATH}?limit=5&labelSelector=a%3Db`]);
    for (const path of [`${REQUESTS_PATH}/system:x`, SECRETS_PATH, CLUSTER_INFO_PATH]) {
      const { status, headers } = await send(service, "GET", `${path}/`, { as: service.administratorToken });
      assert.deepEqual([status, decodeURIComponent(String(headers["location"]))], [308, path]);
    }
    const response = await fetchFollowing(service, `${REQUESTS_PATH}/`, as, requestBody({ nodeName: "slash-1" }));
    assert.equal(response.status, 201);
  });
});

describe("kubectl auth can-i approve signers.certificates.k8s.io/…", () => {
  it("is answered by the resource and the group that its text holds", async (t) => {
    const service = await startKubernetesService();
    t.after(service.close);
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    const asked = async (as: string, resourceAttributes: Readonly<Record<string, string>>): Promise<unknown> => {
      const body = {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes },
      };
      return (await send(service, "POST", path, { as, body })).json["status"]?.["allowed"];
    };
    const signers = { verb: "approve", resource: "signers.certificates.k8s.io", name: "kubernetes.io/kubelet-serving" };
    const token = encodeBootstrapToken(await service.newToken());
    assert.equal(await asked(service.administratorToken, signers), true);
    assert.equal(await asked(token, signers), false);
    assert.equal(await asked(service.administratorToken, { ...signers, resource: "signers.example.com" }), false);
    assert.equal(
      await asked(service.administratorToken, { verb: "list", resource: "secrets", namespace: "kube-system" }),
      true,
    );
  });
});

/** As Go's and Python's clients do: 308 keeps method, body and, on one host, credentials. */
async function fetchFollowing(service: KubernetesService, path: string, as: string, body: unknown) {
  const first = await send(service, "POST", path, { as, body });
  assert.equal(first.status, 308);
  return send(service, "POST", String(first.headers["location"]), { as, body });
}

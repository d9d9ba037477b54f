import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, describe, it } from "node:test";
import { answerOf } from "../support/deployed/api-answer.ts";
import { ACCOUNT_ID, EDGE_SECRET, REGION } from "../support/deployed/deployed-service.ts";
import { API_HOST, type EventPlan } from "../support/deployed/http-event.ts";
import { deployKubernetes, EDGE_HOST, type KubernetesAnswer } from "../support/deployed/kubernetes-deployment.ts";
import { signingCall } from "../support/deployed/privileged-call.ts";
import { provision } from "../support/deployed/provisioning.ts";
import { deniedCalls, deployedPolicies, unusedPermissions, whyDenied } from "../support/iam/deployed-policies.ts";
import { resolveTemplates } from "../support/iam/resolved-template.ts";
import { requestBody, REQUESTS_PATH, textOf, type Json } from "../support/kubernetes-client.ts";
import { synthesizedTemplates } from "../support/synthesized-templates.ts";

const SECRETS_PATH = "/api/v1/namespaces/kube-system/secrets";
const CLUSTER_INFO_PATH = "/api/v1/namespaces/kube-public/configmaps/cluster-info";

const { service, send, administrator, close } = await deployKubernetes();
after(close);

const SECRET = "7h4k29xq0mzv5c1b";
const tokenSecret = (id: string, groups: string) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
  type: "bootstrap.kubernetes.io/token",
  stringData: {
    "token-id": id,
    "token-secret": SECRET,
    "auth-extra-groups": groups,
    "usage-bootstrap-authentication": "true",
    "usage-bootstrap-signing": "true",
  },
});
const namesIn = ({ json }: KubernetesAnswer): string[] =>
  (json["items"] as unknown as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name).sort();
const certificateIn = (object: Json): string =>
  Buffer.from(textOf(object["status"]?.["certificate"]), "base64").toString();

describe("Kubernetes' API, deployed", () => {
  it("has its CAs", async () => {
    const { Status, Reason } = await provision(service, "Create");
    assert.equal(Status, "SUCCESS", Reason);
  });

  it("makes tokens for administrators, and shows cluster-info to everybody", async () => {
    for (const [id, group] of [
      ["aaaaa1", "system:bootstrappers:kubeadm:default-node-token"],
      ["aaaaa2", "system:bootstrappers:manual"],
    ] as const) {
      const made = await send("POST", SECRETS_PATH, { ...(await administrator()), body: tokenSecret(id, group) });
      assert.equal(made.status, 201, made.text);
    }
    const list = await send("GET", SECRETS_PATH, await administrator());
    assert.deepEqual(namesIn(list), ["bootstrap-token-aaaaa1", "bootstrap-token-aaaaa2"]);
    const { status, json } = await send("GET", CLUSTER_INFO_PATH);
    assert.equal(status, 200);
    const data = json["data"] as unknown as Record<string, string>;
    assert.match(data["kubeconfig"] ?? "", new RegExp(`server: https://${API_HOST}`));
    assert.deepEqual(Object.keys(data).sort(), ["jws-kubeconfig-aaaaa1", "jws-kubeconfig-aaaaa2", "kubeconfig"]);
  });

  it("takes a kubelet through its bootstrap, and a list and a Table to who administers", async () => {
    const bearer = `aaaaa1.${SECRET}`;
    const body = requestBody({ name: "node-csr-1", nodeName: "n1" });
    const made = await send("POST", REQUESTS_PATH, { bearer, body });
    assert.equal(made.status, 201, made.text);
    const certificate = new X509Certificate(certificateIn(made.json));
    assert.equal(certificate.subject, "O=system:nodes\nCN=system:node:n1");
    const own = await send("GET", `${REQUESTS_PATH}?fieldSelector=metadata.name%3Dnode-csr-1`, { bearer });
    assert.deepEqual(namesIn(own), ["node-csr-1"]);
    assert.deepEqual(namesIn(await send("GET", `${REQUESTS_PATH}?limit=500`, { bearer })), ["node-csr-1"]);
    assert.deepEqual(namesIn(await send("GET", REQUESTS_PATH, await administrator())), ["node-csr-1"]);
    const renewal = requestBody({ name: "csr-2", nodeName: "n1" });
    const clientCertificatePem = certificate.toString();
    const renewed = await send("POST", REQUESTS_PATH, { clientCertificatePem, body: renewal });
    assert.equal(renewed.status, 201, renewed.text);
    const latest = new X509Certificate(certificateIn(renewed.json)).toString();
    assert.deepEqual(namesIn(await send("GET", REQUESTS_PATH, { clientCertificatePem: latest })), ["csr-2"]);
  });

  it("knows a kubelet by its certificate at the edge, and nobody by what he says himself", async () => {
    const made = await send("POST", REQUESTS_PATH, {
      bearer: `aaaaa1.${SECRET}`,
      body: requestBody({ name: "csr-edge", nodeName: "e1" }),
    });
    const pem = new X509Certificate(certificateIn(made.json)).toString();
    const claims = {
      "cloudfront-viewer-address": "198.51.100.10:46532",
      "cloudfront-viewer-cert-present": "1",
      "cloudfront-viewer-cert-pem": encodeURIComponent(pem),
    };
    const told = { ...claims, "x-nodeseal-edge-secret": EDGE_SECRET };
    const ask = async (plan: Partial<EventPlan>): Promise<number> => (await send("GET", REQUESTS_PATH, plan)).status;
    assert.equal(await ask({ host: EDGE_HOST, headers: told }), 200);
    assert.equal(await ask({ headers: told }), 401, "at another host");
    assert.equal(await ask({ host: EDGE_HOST, headers: claims }), 404, "not from CloudFront");
    const nobody = { ...told, "cloudfront-viewer-cert-present": "0" };
    assert.equal(await ask({ host: EDGE_HOST, headers: nobody }), 401, "without a certificate");
    const renewal = { host: EDGE_HOST, headers: told, body: requestBody({ name: "csr-edge-2", nodeName: "e1" }) };
    assert.equal((await send("POST", REQUESTS_PATH, renewal)).status, 201);
  });

  it("signs what an administrator approved when its owner lists it", async () => {
    const bearer = `aaaaa2.${SECRET}`;
    const waiting = await send("POST", REQUESTS_PATH, { bearer, body: requestBody({ name: "csr-3", nodeName: "n3" }) });
    assert.deepEqual([waiting.status, certificateIn(waiting.json)], [201, ""]);
    const watched = await send("GET", `${REQUESTS_PATH}?watch=true`, await administrator());
    assert.match(watched.text, /"name":"csr-3"/);
    const condition = { type: "Approved", status: "True", reason: "Test", message: "" };
    const approved = await send("PUT", `${REQUESTS_PATH}/csr-3/approval`, {
      ...(await administrator()),
      body: { ...waiting.json, status: { conditions: [condition] } },
    });
    assert.deepEqual([approved.status, certificateIn(approved.json)], [200, ""], approved.text);
    const list = await send("GET", `${REQUESTS_PATH}?fieldSelector=metadata.name%3Dcsr-3`, { bearer });
    assert.match(certificateIn((list.json["items"] as unknown as Json[])[0] ?? {}), /BEGIN CERTIFICATE/);
  });

  it("labels and deletes, for administrators only", async () => {
    const body = { metadata: { labels: { rack: "7" } } };
    const path = `${REQUESTS_PATH}/csr-3`;
    assert.equal((await send("PATCH", path, { bearer: `aaaaa2.${SECRET}`, body })).status, 403);
    assert.equal((await send("PATCH", path)).status, 401);
    const applied = await send("PATCH", `${path}?fieldManager=test`, {
      ...(await administrator()),
      headers: { "content-type": "application/apply-patch+yaml" },
      body: {
        apiVersion: "certificates.k8s.io/v1",
        kind: "CertificateSigningRequest",
        metadata: { labels: { a: "b" } },
      },
    });
    assert.deepEqual([applied.status, applied.json["metadata"]?.["labels"]], [200, { a: "b" }], applied.text);
    const got = await send("GET", path, await administrator());
    const labelled = { ...got.json, metadata: { ...got.json["metadata"], labels: { rack: "7" } } };
    assert.equal((await send("PUT", path, { ...(await administrator()), body: labelled })).status, 200);
    assert.equal((await send("DELETE", path, await administrator())).status, 200);
    assert.equal((await send("GET", path, await administrator())).status, 404);
    const secret = `${SECRETS_PATH}/bootstrap-token-aaaaa2`;
    assert.equal((await send("GET", secret, await administrator())).status, 200);
    assert.equal((await send("DELETE", secret, await administrator())).status, 200);
    assert.equal((await send("GET", "/apis", { bearer: `aaaaa2.${SECRET}` })).status, 401);
  });

  it("does not administer where it can sign, whatever path a request comes by", async () => {
    for (const [method, rawPath] of [
      ["GET", SECRETS_PATH],
      ["POST", SECRETS_PATH],
      ["DELETE", `${SECRETS_PATH}/bootstrap-token-aaaaa1`],
      ["PUT", `${REQUESTS_PATH}/node-csr-1/approval`],
      ["DELETE", `${REQUESTS_PATH}/node-csr-1`],
    ] as const) {
      const plan = { routeKey: "ANY /api/{proxy+}", method, rawPath, ...(await administrator()), body: {} };
      const { status } = await answerOf(service, "node-api", plan);
      assert.ok(status === 404 || status === 405, `${method} ${rawPath}: ${status}`);
    }
  });

  it("never logged a token's secret nor a bearer token", () => {
    const log = Object.values(service.functions)
      .map((one) => one.log())
      .join("");
    assert.match(log, /certificate_issued/);
    for (const secret of [SECRET, EDGE_SECRET, Buffer.from(SECRET).toString("base64"), "k8s-aws-v1"])
      assert.ok(!log.includes(secret), secret);
  });
});

describe("least privilege of Kubernetes' API", () => {
  it("allows every call the service made", () => {
    assert.deepEqual(deniedCalls(service.policies, service.calls()), []);
  });

  it("grants nothing beyond the default deployment that no call needed", () => {
    const { state, service: stack } = synthesizedTemplates({});
    const where = { accountId: ACCOUNT_ID, region: REGION };
    const template = resolveTemplates([state.toJSON(), stack.toJSON()], where);
    // Without a call every permission is unused: those are what the default deployment grants.
    const keyless = (permission: string): string => permission.replace(/:key\/.*/, "");
    const granted = new Set(unusedPermissions(deployedPolicies(template, where), []).map(keyless));
    assert.ok(granted.size > 10);
    const isNew = (permission: string): boolean => !granted.has(keyless(permission));
    assert.deepEqual(unusedPermissions(service.policies, service.calls()).filter(isNew), []);
    const extra = unusedPermissions(service.policies, []).filter(isNew);
    assert.ok(
      extra.every((permission) => permission.startsWith(service.roleArn("node-api"))),
      extra.join(", "),
    );
    assert.ok(extra.some((permission) => permission.includes("dynamodb:Query")));
    assert.ok(
      extra.every((permission) => /(dynamodb:(Query|BatchGetItem)|secretsmanager:GetSecretValue) /.test(permission)),
    );
  });

  it("lets the function that signs make no token, and those that administer sign nothing", () => {
    const tokens = `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/nodeseal-tokens`;
    const making = { action: "dynamodb:PutItem", resource: tokens, context: {} };
    const by = (functionName: string) => ({ ...making, principalArn: service.roleArn(functionName) });
    assert.notEqual(whyDenied(service.policies, by("node-api")), undefined);
    assert.equal(whyDenied(service.policies, by("admin-api")), undefined);
    const signing = (functionName: string) => signingCall(service, functionName, "issuing-g1");
    assert.equal(whyDenied(service.policies, signing("node-api")), undefined);
    assert.notEqual(whyDenied(service.policies, signing("admin-api")), undefined);
  });
});

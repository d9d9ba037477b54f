import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { DEFAULT_POLICY } from "../../core/policy/policy.ts";
import { startEdge } from "../support/edge-stand-in.ts";
import { certificatePemIn, requestBody, REQUESTS_PATH, send, textOf } from "../support/kubernetes-client.ts";
import { kubernetesProgram } from "../support/kubernetes-programs.ts";
import { startKubernetesService, type KubernetesServiceOptions } from "../support/kubernetes-service.ts";
import { newKeyPair } from "../support/key-pairs.ts";
import { runProgram } from "../support/run-program.ts";

const rotation = kubernetesProgram("kubelet-rotation");
const SECRET = "e".repeat(64);
const REVIEWS_PATH = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/** The service behind something that does what CloudFront does, which alone takes client certificates. */
async function startBehindEdge(t: TestContext, options: KubernetesServiceOptions = {}) {
  const edge = { domainName: "", isSecret: (text: string) => Promise.resolve(text === SECRET) };
  const service = await startKubernetesService({ ...options, edge });
  const { clock } = options;
  const front = await startEdge({
    ...service.tls,
    originUrl: service.url,
    trustBundle: service.trustBundle,
    secret: SECRET,
    ...(clock === undefined ? {} : { clock }),
  });
  edge.domainName = front.host;
  t.after(async () => {
    await front.close();
    await service.close();
    assert.deepEqual(service.faults, []);
  });
  return { service, front, atEdge: { ...service, url: front.url } };
}

describe("the one URL of the edge", () => {
  it("takes a kubelet through bootstrap and rotations", { skip: rotation.skip }, async (t) => {
    // Nine minutes behind, a certificate of ten is due for rotation as soon as it is there.
    const clock = () => new Date(Date.now() - 540_000);
    const rules = DEFAULT_POLICY.rules.map((rule) => ({ ...rule, defaultLifetimeSeconds: 600 }));
    const { service, front } = await startBehindEdge(t, { clock, policy: { ...DEFAULT_POLICY, rules } });
    const directory = join(service.directory, "pki");
    mkdirSync(directory);
    const { id, secret } = await service.newToken();
    const kubeconfig = service.kubeconfigOf("edge", `${id}.${secret}`, front.url);
    const { status, stdout, stderr } = await runProgram(rotation.path, [kubeconfig, directory, "worker-1", "3"], {
      timeoutMs: 90_000,
    });
    assert.equal(status, 0, stderr);
    assert.equal(stdout.trim().split("\n").length, 3);
    assert.equal((await service.nodes.read("worker-1"))?.generation, 3);
  });

  it("knows its clients by token, by certificate, or not at all, and never by what they say themselves", async (t) => {
    const { service, front, atEdge } = await startBehindEdge(t);
    const token = await service.newToken();
    const keyPair = newKeyPair("P-256");
    const made = await send(atEdge, "POST", REQUESTS_PATH, { as: token, body: requestBody({ keyPair }) });
    assert.equal(made.status, 201, made.text);
    const certificatePem = certificatePemIn(made).split(/(?<=-----END CERTIFICATE-----\n)/)[0] ?? "";
    const keyPem = String(keyPair.privateKey.export({ type: "pkcs8", format: "pem" }));
    const review = { kind: "SelfSubjectReview", apiVersion: "authentication.k8s.io/v1" };
    const nameAt = async (where: typeof atEdge, sending: Parameters<typeof send>[3]): Promise<string | number> => {
      const { status, json } = await send(where, "POST", REVIEWS_PATH, { body: review, ...sending });
      return status === 201 ? textOf(json["status"]?.["userInfo"]?.["username"]) : status;
    };
    const claims = {
      "cloudfront-viewer-cert-present": "1",
      "cloudfront-viewer-cert-pem": encodeURIComponent(certificatePem),
      "cloudfront-viewer-address": "192.0.2.1:1",
    };
    assert.equal(await nameAt(atEdge, { client: { certificatePem, keyPem } }), "system:node:n1");
    assert.equal(await nameAt(atEdge, { as: token }), `system:bootstrap:${token.id}`);
    assert.equal(await nameAt(atEdge, { headers: claims }), 401, "a claim at the edge");
    assert.equal(await nameAt(service, { headers: claims }), 401, "a claim at the API's own host");
    const secret = { "x-nodeseal-edge-secret": SECRET };
    assert.equal(await nameAt(service, { headers: { ...claims, ...secret } }), 401, "the secret at another host");
    assert.equal(
      await nameAt(service, { headers: { ...claims, host: front.host } }),
      404,
      "the edge's host without it",
    );
    const guess = { "x-nodeseal-edge-secret": "f".repeat(64) };
    assert.equal(await nameAt(atEdge, { headers: { ...guess, ...claims } }), 401, "a secret of the client's own");
  });
});

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { newKeyPair } from "../../../../support/key-pairs.ts";
import { certificatePemIn, requestBody, REQUESTS_PATH, send } from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";

const REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/** What a kubelet, or kubectl with its kubeconfig, asks right after it has its certificate. */
const USES: readonly { why: string; method: string; path: (name: string) => string; body?: unknown }[] = [
  { why: "gets its request", method: "GET", path: (name) => `${REQUESTS_PATH}/${name}` },
  { why: "lists", method: "GET", path: () => REQUESTS_PATH },
  { why: "watches", method: "GET", path: () => `${REQUESTS_PATH}?watch=1` },
  {
    why: "asks who it is",
    method: "POST",
    path: () => REVIEW,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
  },
  {
    why: "asks for what it is denied",
    method: "POST",
    path: () => REQUESTS_PATH,
    body: requestBody({ name: "foreign", nodeName: "another" }),
  },
  { why: "fetches its certificate", method: "GET", path: (name) => `/v1/certificates/${name}` },
];

/** Two machines of one image: the same name and the same token. */
describe("a certificate is final once its node", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  for (const [index, { why, method, path, body }] of USES.entries()) {
    it(`${why}: another machine of its name and token is refused, and it is not accused`, async () => {
      const nodeName = `golden-${index}`;
      const token = await service.newToken();
      const keyPair = newKeyPair("P-256");
      const enrolled = await send(service, "POST", REQUESTS_PATH, {
        as: token,
        body: requestBody({ name: nodeName, nodeName, keyPair }),
      });
      const keyPem = keyPair.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
      const client = { certificatePem: certificatePemIn(enrolled), keyPem };
      const used = await send(service, method, path(nodeName), { client, ...(body === undefined ? {} : { body }) });
      assert.ok(used.status !== 401 && used.status < 500, `answered ${used.status}`);
      const second = await send(service, "POST", REQUESTS_PATH, {
        as: token,
        body: requestBody({ name: `${nodeName}-second`, nodeName }),
      });
      assert.notEqual(second.status, 201);
      assert.match(second.text, /is held by a live node with another key/);
      const renewal = { client, body: requestBody({ name: `${nodeName}-renewal`, nodeName }) };
      assert.equal((await send(service, "POST", REQUESTS_PATH, renewal)).status, 201);
      assert.equal((await service.nodes.read(nodeName))?.supersededUse, undefined);
    });
  }
});

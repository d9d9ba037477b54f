import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { X509Certificate } from "node:crypto";
import { newKeyPair } from "../../../support/key-pairs.ts";
import { certificatePemIn, requestBody, REQUESTS_PATH, send } from "../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../support/kubernetes-service.ts";
import { revokeCertificate, revokeNode } from "../../../../core/revocation/revoke.ts";
import { parseSerialNumber } from "../../../../core/certificate/serial-number.ts";
import { daysLater } from "../../../support/stored-records.ts";

const WHOAMI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const REVIEW = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };

describe("a certificate that was revoked", () => {
  let service: KubernetesService;
  before(async () => void (service = await startKubernetesService()));
  after(() => service.close());

  const joined = async (nodeName: string) => {
    const keyPair = newKeyPair("P-256");
    const body = requestBody({ name: `${nodeName}-client`, nodeName, keyPair });
    const answer = await send(service, "POST", REQUESTS_PATH, { as: await service.newToken(), body });
    const certificatePem = certificatePemIn(answer);
    const keyPem = keyPair.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    return { certificatePem, keyPem };
  };
  const statuses = async (client: Awaited<ReturnType<typeof joined>>, name: string) => {
    const own = `${REQUESTS_PATH}/${name}-client`;
    const watch = `${REQUESTS_PATH}?watch=1&timeoutSeconds=1`;
    const [review, list, get, watched, native] = [
      await send(service, "POST", WHOAMI, { client, body: REVIEW }),
      await send(service, "GET", REQUESTS_PATH, { client }),
      await send(service, "GET", own, { client }),
      await send(service, "GET", watch, { client }),
      await send(service, "GET", `/v1/certificates/${name}-client`, { client }),
    ];
    return [review, list, get, watched, native].map(({ status }) => status);
  };
  const operator = () => ({ ...service, clock: () => new Date(), audit: () => undefined });

  it("authenticates nowhere once its node is revoked", async () => {
    const client = await joined("thrown-out");
    assert.deepEqual(await statuses(client, "thrown-out"), [201, 200, 404, 429, 404], "the token made it");
    await revokeNode(operator(), "thrown-out", "keyCompromise", "ada");
    assert.deepEqual(await statuses(client, "thrown-out"), [401, 401, 401, 401, 403]);
  });

  it("authenticates nowhere once it is revoked itself", async () => {
    const client = await joined("lost-key");
    const serialNumber = parseSerialNumber(new X509Certificate(client.certificatePem).serialNumber);
    assert.ok(serialNumber);
    const filter = { expiresFrom: new Date(), expiresUntil: daysLater(400) };
    await revokeCertificate(operator(), serialNumber, filter, "keyCompromise", "ada");
    assert.deepEqual(await statuses(client, "lost-key"), [401, 401, 401, 401, 403]);
  });
});

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { intentName } from "../../../../../core/ledger/intent-name.ts";
import {
  certificatePemIn,
  personBody,
  requestBody,
  REQUESTS_PATH,
  send,
  textOf,
} from "../../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../../support/kubernetes-service.ts";
import { csrOf, enrolmentRequest, PARAMETERS } from "../../../../support/node-requests.ts";
import { enrol } from "../../../../../core/issuance/enrol.ts";
import { KUBELET_CREATE } from "../body/captured-bodies.ts";

describe("certificatesigningrequests", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });
  const administrator = () => ({ as: service.administratorToken });

  it("answers a creation with the certificate when policy approves by itself", async () => {
    const token = await service.newToken();
    const answer = await send(service, "POST", REQUESTS_PATH, { as: token, body: requestBody({ nodeName: "new-1" }) });
    assert.equal(answer.status, 201);
    const certificate = new X509Certificate(certificatePemIn(answer));
    assert.equal(certificate.subject, "O=system:nodes\nCN=system:node:new-1");
    const { metadata, spec, status } = answer.json;
    assert.equal(metadata?.["name"], "alice");
    assert.match(textOf(metadata["resourceVersion"]), /^[1-9]\d+$/);
    assert.match(textOf(metadata["creationTimestamp"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(spec?.["username"], `system:bootstrap:${token.id}`);
    assert.deepEqual(
      status?.["conditions"]?.[0]?.["message"],
      "Auto approving kubelet client certificate after SubjectAccessReview.",
    );
  });

  it("takes a kubelet's own protobuf, and refuses its name to everybody else from then on", async () => {
    const type = "application/vnd.kubernetes.protobuf";
    const token = await service.newToken();
    const first = await send(service, "POST", REQUESTS_PATH, { as: token, body: KUBELET_CREATE, type });
    assert.equal(first.status, 201);
    const again = await send(service, "POST", REQUESTS_PATH, {
      as: await service.newToken(),
      body: KUBELET_CREATE,
      type,
    });
    assert.equal(again.status, 409);
    assert.equal(again.json["reason"], "AlreadyExists");
    const own = await send(service, "GET", `${REQUESTS_PATH}/${textOf(first.json["metadata"]?.["name"])}`, {
      as: token,
    });
    assert.equal(certificatePemIn(own), certificatePemIn(first));
  });

  it("fills who asks from the credential, and drops a status that came along", async () => {
    const body = requestBody({
      name: "forged",
      nodeName: "forged",
      spec: { username: "admin", groups: ["system:masters"] },
    });
    const status = { certificate: "AAAA", conditions: [{ type: "Denied", status: "True" }] };
    const { status: code, json } = await send(service, "POST", REQUESTS_PATH, {
      as: await service.newToken(),
      body: { ...body, status },
    });
    assert.equal(code, 201);
    assert.match(textOf(json["spec"]?.["username"]), /^system:bootstrap:/);
    assert.deepEqual(Object.keys(json["status"]?.["conditions"]?.[0] ?? {}).includes("type"), true);
    assert.equal(json["status"]?.["conditions"]?.[0]?.["type"], "Approved");
  });

  it("generates a name, of Kubernetes' own alphabet", async () => {
    const body = requestBody({ nodeName: "gen", metadata: { name: undefined, generateName: "csr-" } });
    const { json } = await send(service, "POST", REQUESTS_PATH, { as: await service.newToken(), body });
    assert.match(textOf(json["metadata"]?.["name"]), /^csr-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it("writes nothing in a dry run", async () => {
    const token = await service.newToken();
    const dry = await send(service, "POST", `${REQUESTS_PATH}?dryRun=All`, {
      as: token,
      body: requestBody({ name: "dry" }),
    });
    assert.equal(dry.status, 201);
    assert.equal(certificatePemIn(dry), "");
    assert.equal((await send(service, "GET", `${REQUESTS_PATH}/dry`, { as: token })).status, 404);
  });

  it("gives a name again once its object was deleted, to another key as well", async () => {
    const token = await service.newToken();
    const first = await send(service, "POST", REQUESTS_PATH, {
      as: token,
      body: requestBody({ name: "again", nodeName: "a1" }),
    });
    assert.equal((await send(service, "DELETE", `${REQUESTS_PATH}/again`, administrator())).status, 200);
    assert.equal((await send(service, "GET", `${REQUESTS_PATH}/again`, { as: token })).status, 404);
    const second = await send(service, "POST", REQUESTS_PATH, {
      as: token,
      body: requestBody({ name: "again", nodeName: "a2" }),
    });
    assert.equal(second.status, 201);
    assert.equal(second.json["metadata"]?.["name"], "again");
    assert.notEqual(second.json["metadata"]["uid"], first.json["metadata"]?.["uid"]);
    const read = await send(service, "GET", `${REQUESTS_PATH}/again`, administrator());
    assert.equal(read.json["metadata"]?.["uid"], second.json["metadata"]["uid"]);
  });

  it("lets one of two requests for a name have it, and leaves nothing of the other", async () => {
    const token = await service.newToken();
    const answers = await Promise.all(
      ["r1", "r2", "r3", "r4"].map((nodeName) =>
        send(service, "POST", REQUESTS_PATH, { as: token, body: requestBody({ name: "raced", nodeName }) }),
      ),
    );
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 409, 409, 409]);
    const winner = answers.find(({ status }) => status === 201);
    assert.ok(winner);
    const loserNames = ["r1", "r2", "r3", "r4"].filter((name) => !certificateName(winner).endsWith(name));
    for (const name of loserNames) assert.equal(await service.nodes.read(name), undefined);
  });
  it("shows what was asked for at /v1/certificates as any other object, and its own there", async () => {
    const token = await service.newToken();
    const answer = await enrol(
      service.services,
      enrolmentRequest({ token, key: "native", nodeName: "native", arrivedAt: new Date() }),
    );
    const { name } = answer.record;
    const read = await send(service, "GET", `${REQUESTS_PATH}/${name}`, administrator());
    assert.equal(read.status, 200);
    assert.ok(namesIn((await send(service, "GET", REQUESTS_PATH, administrator())).json["items"]).includes(name));
    const created = await send(service, "POST", REQUESTS_PATH, {
      as: token,
      body: requestBody({ name: "here", nodeName: "here" }),
    });
    const there = await send(service, "GET", "/v1/certificates/here", { as: token });
    assert.equal(there.status, 200);
    assert.equal(there.json["certificate"], certificatePemIn(created));
  });

  it("keeps names that a native request may come to have from being taken", async () => {
    const token = await service.newToken();
    const { signerName, usages } = PARAMETERS;
    const question = { username: "u", presentedSerialNumber: undefined, csr: csrOf("x"), signerName, usages };
    const body = requestBody({ name: intentName(question) });
    const answer = await send(service, "POST", REQUESTS_PATH, { as: token, body });
    assert.equal(answer.status, 422);
  });

  it("refuses what policy denies without leaving an object, and says which rule and field", async () => {
    const token = await service.newToken();
    const serving = { signerName: "kubernetes.io/kubelet-serving", usages: ["digital signature", "server auth"] };
    const { status, json } = await send(service, "POST", REQUESTS_PATH, {
      as: token,
      body: requestBody({ name: "no", spec: serving }),
    });
    assert.deepEqual([status, json["reason"]], [403, "Forbidden"]);
    assert.match(textOf(json["message"]), /rule default-deny, field signerName/);
    assert.equal((await send(service, "GET", `${REQUESTS_PATH}/no`, administrator())).status, 404);
  });

  it("refuses a live node's name to another token with 403, never with a 409 that a kubelet would misread", async () => {
    const body = (name: string) => requestBody({ name, nodeName: "live" });
    await send(service, "POST", REQUESTS_PATH, { as: await service.newToken(), body: body("live-1") });
    const taken = await send(service, "POST", REQUESTS_PATH, { as: await service.newToken(), body: body("live-2") });
    assert.deepEqual([taken.status, taken.json["reason"]], [403, "Forbidden"]);
    assert.match(textOf(taken.json["message"]), /nodeseal node release live/);
  });

  it("signs what was approved when its owner looks", async () => {
    await send(service, "POST", REQUESTS_PATH, { ...administrator(), body: personBody("bob") });
    const { json } = await send(service, "GET", `${REQUESTS_PATH}/bob`, administrator());
    assert.deepEqual(json["status"], {});
    const approved = { ...json, status: { conditions: [{ type: "Approved", status: "True", reason: "Test" }] } };
    const answer = await send(service, "PUT", `${REQUESTS_PATH}/bob/approval`, { ...administrator(), body: approved });
    // Approving and signing are two functions' business, even where one person owns the request and approves it.
    assert.deepEqual([answer.status, certificatePemIn(answer)], [200, ""]);
    const looked = await send(service, "GET", `${REQUESTS_PATH}/bob`, administrator());
    assert.equal(new X509Certificate(certificatePemIn(looked)).subject, "O=developers\nCN=bob");
  });
});

function namesIn(items: unknown): string[] {
  return (items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name).toSorted();
}

function certificateName(answer: Parameters<typeof certificatePemIn>[0]): string {
  return new X509Certificate(certificatePemIn(answer)).subject;
}

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, describe, it } from "node:test";
import { encodePem } from "../../core/pem.ts";
import { buildCsr, subjectOf } from "../support/certificate-requests.ts";
import { deployService, type FunctionName } from "../support/deployed/deployed-service.ts";
import { httpEvent, type EventPlan } from "../support/deployed/http-event.ts";
import { unusedPermissions, whyDenied } from "../support/iam/deployed-policies.ts";
import type { AwsCall } from "../support/iam/policy-statement.ts";
import { eventFaults } from "../support/event-faults.ts";
import { filterPattern } from "../support/filter-pattern.ts";
import { newKeyPair } from "../support/key-pairs.ts";
import { logBatch } from "../support/log-batch.ts";

const service = await deployService();
after(() => service.close());

interface Answer {
  readonly statusCode: number;
  readonly body?: string;
}

async function call(functionName: FunctionName, plan: EventPlan, statusCode: number): Promise<Record<string, string>> {
  const answer = (await service.functions[functionName].invoke(httpEvent(plan))) as Answer;
  assert.equal(answer.statusCode, statusCode, `${plan.routeKey}: ${answer.body ?? ""}`);
  return !answer.body?.startsWith("{") ? {} : (JSON.parse(answer.body) as Record<string, string>);
}

const csrFor = (nodeName: string): string =>
  encodePem(
    "CERTIFICATE REQUEST",
    buildCsr({ keyPair: newKeyPair("P-256"), subject: subjectOf(["system:nodes"], `system:node:${nodeName}`) }),
  );

const provisioning = (RequestType: "Create" | "Update" | "Delete", properties: object = {}) => ({
  RequestType,
  ResponseURL: `${service.objectStore.url}/response`,
  StackId: "stack",
  RequestId: "request",
  LogicalResourceId: "Authorities",
  ...(RequestType === "Create" ? {} : { PhysicalResourceId: "authorities" }),
  ResourceProperties: { ...service.resourceProperties, ...properties },
});

async function provision(
  ...plan: Parameters<typeof provisioning>
): Promise<{ Status: string; Data?: object; Reason?: string }> {
  await service.functions.authority.invoke(provisioning(...plan));
  const { path, body, contentType } = service.objectStore.received.at(-1) ?? { path: "", body: "", contentType: "" };
  assert.equal(path, "/response");
  assert.equal(contentType, "");
  assert.ok(Buffer.byteLength(body) < 4096);
  return JSON.parse(body) as { Status: string; Data?: object; Reason?: string };
}

const published = () => service.objectStore.received.filter(({ path }) => path.endsWith(".pem"));
const secrets: string[] = [];

describe("the deployed service", () => {
  it("creates the CAs once, whatever CloudFormation repeats", async () => {
    const created = await provision("Create");
    assert.equal(created.Status, "SUCCESS", created.Reason);
    const first = published().at(-1)?.body ?? "";
    assert.equal((await provision("Create")).Status, "SUCCESS");
    assert.equal((await provision("Update")).Status, "SUCCESS");
    assert.equal((await provision("Delete")).Status, "SUCCESS");
    assert.deepEqual([...new Set(published().map(({ body }) => body))], [first]);
    assert.equal(first.match(/BEGIN CERTIFICATE/g)?.length, 2);
  });

  it("makes a round with exactly the words of the schedule", async () => {
    await service.functions.authority.invoke(service.scheduledRound);
    const { length } = service.objectStore.received;
    assert.match(service.objectStore.received.at(-1)?.path ?? "", /\.pem$/, "nobody waits for an answer");
    await service.functions.authority.invoke(service.scheduledRound);
    assert.equal(service.objectStore.received.length, length, "nothing is new");
  });

  it("tells CloudFormation what is wrong with a change it cannot make", async () => {
    const { Status, Reason } = await provision("Update", { KeySpec: "P-384" });
    assert.equal(Status, "FAILED");
    assert.match(Reason ?? "", /key cannot change/);
    assert.equal((await provision("Update", { KeySpec: "P-256" })).Status, "SUCCESS", "the rollback that follows");
  });

  it("takes a node from token to confirmed certificate, renewal and release", async () => {
    const { token = "", tokenId = "" } = await call(
      "admin-api",
      { routeKey: "POST /v1/admin/tokens", body: { maxUses: 1 } },
      201,
    );
    secrets.push(token.slice(7));
    const enrolment = { routeKey: "POST /v1/certificates", bearer: token, body: { csr: csrFor("n1") } };
    const issued = await call("node-api", enrolment, 201);
    assert.deepEqual(await call("node-api", enrolment, 200), { ...issued });
    const chain = issued["certificate"] ?? "";
    const [leaf = ""] = chain.split(/(?<=-----END CERTIFICATE-----\n)/);
    const [issuing = ""] = (published()[0]?.body ?? "").split(/(?<=-----END CERTIFICATE-----\n)/);
    assert.ok(new X509Certificate(leaf).verify(new X509Certificate(issuing).publicKey));
    const path = { name: issued["name"] ?? "" };
    await call("node-api", { routeKey: "GET /v1/certificates/{name}", path, bearer: token }, 200);
    const clientCertificatePem = leaf;
    await call("node-api", { routeKey: "POST /v1/certificates/{name}/confirmation", path, clientCertificatePem }, 204);
    await call("node-api", { routeKey: "GET /v1/certificates/{name}/renewal-window", path }, 200);
    await call(
      "node-api",
      { routeKey: "POST /v1/certificates/renew", body: { csr: csrFor("n1") }, clientCertificatePem },
      201,
    );
    await call("node-api", { routeKey: "GET /v1/trust-bundle" }, 200);
    await call("admin-api", { routeKey: "GET /v1/admin/tokens" }, 200);
    await call("admin-api", { routeKey: "GET /v1/admin/tokens/{id}", path: { id: tokenId } }, 200);
    await call("admin-api", { routeKey: "GET /v1/admin/nodes" }, 200);
    await call("admin-api", { routeKey: "GET /v1/admin/nodes/{name}", path: { name: "n1" } }, 200);
    await call("admin-api", { routeKey: "GET /v1/admin/certificates", query: { node: "n1" } }, 200);
    await call("admin-api", { routeKey: "GET /v1/admin/certificates" }, 200);
    const serialNumber = { serialNumber: issued["serialNumber"] ?? "" };
    await call("admin-api", { routeKey: "GET /v1/admin/certificates/{serialNumber}", path: serialNumber }, 200);
    await call(
      "admin-api",
      { routeKey: "POST /v1/admin/certificates/{serialNumber}/revocation", path: serialNumber, body: {} },
      200,
    );
    const late = { routeKey: "POST /v1/certificates", bearer: token, body: { csr: csrFor("n3") } };
    await call("node-api", late, 409);
    await call("admin-api", { routeKey: "POST /v1/admin/nodes/{name}/release", path: { name: "n1" } }, 200);
    await call("admin-api", { routeKey: "DELETE /v1/admin/tokens/{id}", path: { id: tokenId } }, 204);
    await call("admin-api", { routeKey: "GET /v1/admin/authorities" }, 200);
  });

  it("carries out on its round what an administrator asks of the CAs, and refuses what it has no key for", async () => {
    const asked = await call("admin-api", { routeKey: "POST /v1/admin/authorities", body: { role: "issuing" } }, 202);
    assert.deepEqual([asked["authorityId"], asked["state"]], ["issuing-g2", "pending"]);
    await service.functions.authority.invoke(service.scheduledRound);
    const { wishes } = await call("admin-api", { routeKey: "GET /v1/admin/authorities" }, 200);
    assert.match(
      JSON.stringify(wishes),
      /"refused","reason":"there is no key for issuing-g2; deploy with authority.issuingGenerations 2 first"/,
    );
    const { number = "" } = await call(
      "admin-api",
      { routeKey: "POST /v1/admin/authorities", body: { role: "root" } },
      202,
    );
    const path = { number };
    await call("admin-api", { routeKey: "DELETE /v1/admin/authorities/wishes/{number}", path }, 204);
    const step = { path: { id: "issuing-g1" }, body: { force: true } };
    await call("admin-api", { routeKey: "POST /v1/admin/authorities/{id}/activate", ...step }, 202);
    await call("admin-api", { routeKey: "POST /v1/admin/authorities/{id}/retire", ...step }, 400);
  });

  it("signs what an administrator approved when the node asks again", async () => {
    const { token = "" } = await call(
      "admin-api",
      { routeKey: "POST /v1/admin/tokens", body: { groups: ["system:bootstrappers:manual"] } },
      201,
    );
    secrets.push(token.slice(7));
    const enrolment = { routeKey: "POST /v1/certificates", bearer: token, body: { csr: csrFor("n2") } };
    const { name = "" } = await call("node-api", enrolment, 202);
    await call("admin-api", { routeKey: "GET /v1/admin/requests", query: { state: "Pending" } }, 200);
    await call("admin-api", { routeKey: "GET /v1/admin/requests/{name}", path: { name } }, 200);
    await call(
      "admin-api",
      { routeKey: "POST /v1/admin/requests/{name}/approval", path: { name }, body: { decision: "Approved" } },
      200,
    );
    await call("node-api", { routeKey: "GET /v1/certificates/{name}", path: { name }, bearer: token }, 200);
  });

  it("tells EventBridge what happened, as the schemas say and without a secret", async () => {
    const { "node-api": nodeApi, "admin-api": adminApi, authority, events } = service.functions;
    const isSubscribed = filterPattern(service.subscriptionPattern);
    const lines = [nodeApi, adminApi, authority]
      .flatMap((one) => one.log().split("\n"))
      .filter((line) => line.startsWith("{") && isSubscribed(JSON.parse(line) as Record<string, unknown>));
    await events.invoke(logBatch(lines));
    const { received } = service.eventBus;
    assert.equal(received.length, lines.length);
    assert.deepEqual([...new Set(received.map(({ DetailType }) => DetailType))].sort(), [
      "Authority Changed",
      "Certificate Issued",
      "Certificate Request Approved",
      "Certificate Request Denied",
      "Certificate Request Pending",
      "Certificate Revoked",
      "Node Released",
      "Token Created",
      "Token Revoked",
    ]);
    for (const entry of received) assert.deepEqual(eventFaults(entry), [], entry.Detail);
    for (const secret of secrets) assert.ok(!JSON.stringify(received).includes(secret));
  });

  it("told how many days each CA has", () => {
    const lines = service.functions.authority.log().split("\n");
    const daysLeft = lines
      .filter((line) => line.includes('"authority_days_left"'))
      .map((line) => /"daysLeft":(\d+)/.exec(line)?.[1]);
    assert.deepEqual(daysLeft.slice(0, 2), ["7299", "1824"]);
  });

  it("never logged a token's secret, nor CloudFormation's signed URL", () => {
    const log = Object.values(service.functions)
      .map((one) => one.log())
      .join("");
    assert.match(log, /certificate_issued/);
    for (const secret of [...secrets, "/response"]) assert.ok(!log.includes(secret));
  });
});

describe("least privilege", () => {
  it("allows every call the service made", () => {
    const denied = service
      .calls()
      .map((one) => ({ ...one, why: whyDenied(service.policies, one) }))
      .filter(({ why }) => why !== undefined)
      .map(({ principalArn, action, resource, why }) => `${principalArn} ${action} ${resource}: ${why ?? ""}`);
    assert.deepEqual([...new Set(denied)], []);
  });

  it("grants nothing that no call needed", () => {
    assert.deepEqual(unusedPermissions(service.policies, service.calls()), []);
  });

  const signing = (functionName: string, alias: string, changes: Partial<AwsCall> = {}): AwsCall => ({
    action: "kms:Sign",
    resource: service.keyArn(`alias/nodeseal/${alias}`),
    principalArn: service.roleArn(functionName),
    context: { "kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "DIGEST" },
    ...changes,
  });
  const putting = (functionName: string, source: string): AwsCall => ({
    action: "events:PutEvents",
    resource: "arn:aws:events:eu-central-1:111122223333:event-bus/default",
    principalArn: service.roleArn(functionName),
    context: { "events:source": source },
  });
  const writing = (functionName: string, id: string): AwsCall => ({
    action: "dynamodb:PutItem",
    resource: "arn:aws:dynamodb:eu-central-1:111122223333:table/nodeseal-authorities",
    principalArn: service.roleArn(functionName),
    context: { "dynamodb:LeadingKeys": id },
  });
  const refused: readonly { why: string; call: () => AwsCall }[] = [
    { why: "the admin function signs with the issuing key", call: () => signing("admin-api", "issuing-g1") },
    { why: "the node function signs with the root key", call: () => signing("node-api", "root-g1") },
    { why: "the provisioner signs with the issuing key", call: () => signing("authority", "issuing-g1") },
    {
      why: "a raw message is signed",
      call: () =>
        signing("node-api", "issuing-g1", {
          context: { "kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "RAW" },
        }),
    },
    {
      why: "another algorithm is asked for",
      call: () =>
        signing("node-api", "issuing-g1", {
          context: { "kms:SigningAlgorithm": "ECDSA_SHA_384", "kms:MessageType": "DIGEST" },
        }),
    },
    {
      why: "the signer deletes its key",
      call: () => signing("node-api", "issuing-g1", { action: "kms:ScheduleKeyDeletion" }),
    },
    { why: "the node function puts events", call: () => putting("node-api", "nodeseal") },
    { why: "the events function speaks in another's name", call: () => putting("events", "aws.kms") },
    {
      why: "the admin function writes the trust bundle",
      call: () => writing("admin-api", "trust-bundle"),
    },
    {
      why: "the admin function writes what a CA is about to sign",
      call: () => writing("admin-api", "reserved/issuing-g2"),
    },
    {
      why: "the admin function says what has become of its own wishes",
      call: () => writing("admin-api", "progress"),
    },
    {
      why: "the node function writes wishes",
      call: () => writing("node-api", "wishes"),
    },
    {
      why: "the node function reads the trust bundle's bucket",
      call: () => signing("node-api", "issuing-g1", { action: "s3:GetObject", resource: "arn:aws:s3:::b/k" }),
    },
  ];
  for (const { why, call: refusedCall } of refused) {
    it(`denies when ${why}`, () => assert.notEqual(whyDenied(service.policies, refusedCall()), undefined));
  }

  const administrator = "arn:aws:iam::111122223333:role/Administrator";
  const everything = { Effect: "Allow", Action: "*", Resource: "*" } as const;
  for (const action of ["kms:Sign", "kms:CreateGrant", "kms:ScheduleKeyDeletion"]) {
    it(`denies ${action} on CA keys to an administrator of the whole account`, () => {
      const identity = new Map([[administrator, [everything]]]);
      const policies = { ...service.policies, identity };
      for (const alias of ["root-g1", "issuing-g1"])
        assert.notEqual(
          whyDenied(policies, signing("node-api", alias, { principalArn: administrator, action })),
          undefined,
        );
    });
  }

  it("lets the admin function ask for changes of CAs, and the authority function make them", () => {
    for (const [functionName, id] of [
      ["admin-api", "wishes"],
      ["authority", "trust-bundle"],
    ] as const)
      assert.equal(whyDenied(service.policies, writing(functionName, id)), undefined, functionName);
  });

  it("lets that administrator stop a key, for that can be undone", () => {
    const policies = { ...service.policies, identity: new Map([[administrator, [everything]]]) };
    const call = signing("node-api", "issuing-g1", { principalArn: administrator, action: "kms:DisableKey" });
    assert.equal(whyDenied(policies, call), undefined);
  });

  it("would notice a permission that is missing, and one too many", () => {
    const roleArn = service.roleArn("node-api");
    const own = service.policies.identity.get(roleArn) ?? [];
    const without = {
      ...service.policies,
      identity: new Map([[roleArn, own.filter(({ Action }) => Action !== "kms:Sign")]]),
    };
    assert.notEqual(whyDenied(without, signing("node-api", "issuing-g1")), undefined);
    const more = {
      ...service.policies,
      identity: new Map([[roleArn, [...own, { Effect: "Allow" as const, Action: "dynamodb:Scan", Resource: "*" }]]]),
    };
    assert.deepEqual(unusedPermissions(more, service.calls()), [`${roleArn} dynamodb:Scan *`]);
  });
});

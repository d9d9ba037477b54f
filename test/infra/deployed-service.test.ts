import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { after, describe, it } from "node:test";
import { parseCertificate } from "../../core/certificate/certificate.ts";
import { nodeCsrPem } from "../support/certificate-requests.ts";
import { answerOf } from "../support/deployed/api-answer.ts";
import { deployService, type FunctionName } from "../support/deployed/deployed-service.ts";
import type { EventPlan } from "../support/deployed/http-event.ts";
import { signingCall } from "../support/deployed/privileged-call.ts";
import { provision, publishedBundles } from "../support/deployed/provisioning.ts";
import { deniedCalls, unusedPermissions, whyDenied } from "../support/iam/deployed-policies.ts";
import { putNode } from "../support/deployed/silent-node.ts";
import { eventFaults } from "../support/event-faults.ts";
import { filterPattern } from "../support/filter-pattern.ts";
import { certIdFor, ocspRequestFor } from "../support/ocsp-bench.ts";
import { logBatch } from "../support/log-batch.ts";

const service = await deployService();
after(() => service.close());

async function call(functionName: FunctionName, plan: EventPlan, statusCode: number): Promise<Record<string, string>> {
  const { status, text } = await answerOf(service, functionName, plan);
  assert.equal(status, statusCode, `${plan.routeKey}: ${text}`);
  return !text.startsWith("{") ? {} : (JSON.parse(text) as Record<string, string>);
}

const secrets: string[] = [];

describe("the deployed service", () => {
  it("creates the CAs once, whatever CloudFormation repeats", async () => {
    const created = await provision(service, "Create");
    assert.equal(created.Status, "SUCCESS", created.Reason);
    const first = publishedBundles(service).at(-1) ?? "";
    assert.equal((await provision(service, "Create")).Status, "SUCCESS");
    assert.equal((await provision(service, "Update")).Status, "SUCCESS");
    assert.equal((await provision(service, "Delete")).Status, "SUCCESS");
    assert.deepEqual([...new Set(publishedBundles(service))], [first]);
    assert.equal(first.match(/BEGIN CERTIFICATE/g)?.length, 2);
  });

  it("makes a reconciliation with exactly the words of the schedule", async () => {
    // For whom it looks, too.
    await putNode(service, "silent.example", 160);
    await service.functions.authority.invoke(service.scheduledReconciliation);
    const { length } = service.objectStore.received;
    assert.match(service.objectStore.received.at(-1)?.path ?? "", /\.pem$/, "nobody waits for an answer");
    await service.functions.authority.invoke(service.scheduledReconciliation);
    assert.equal(service.objectStore.received.length, length, "nothing is new");
  });

  it("tells CloudFormation what is wrong with a change it cannot make", async () => {
    const { Status, Reason } = await provision(service, "Update", { ...service.plan, keySpec: "P-384" });
    assert.equal(Status, "FAILED");
    assert.match(Reason ?? "", /key cannot change/);
    assert.equal((await provision(service, "Update")).Status, "SUCCESS", "the rollback that follows");
  });

  it("takes a node from token to confirmed certificate, renewal and release", async () => {
    const { token = "", tokenId = "" } = await call(
      "admin-api",
      { routeKey: "POST /v1/admin/tokens", body: { maxUses: 1 } },
      201,
    );
    secrets.push(token.slice(7));
    const enrolment = { routeKey: "POST /v1/certificates", bearer: token, body: { csr: nodeCsrPem("n1") } };
    const issued = await call("node-api", enrolment, 201);
    assert.deepEqual(await call("node-api", enrolment, 200), { ...issued });
    // Of a request that cannot be read only the token is looked at.
    await call("node-api", { ...enrolment, body: { csr: "none" } }, 400);
    // Who holds a client's name under any signer is read at once, before policy says no.
    const client = { csr: nodeCsrPem("n1"), signerName: "nodeseal.dev/client" };
    await call("node-api", { ...enrolment, body: client }, 403);
    const chain = issued["certificate"] ?? "";
    const [leaf = ""] = chain.split(/(?<=-----END CERTIFICATE-----\n)/);
    const [issuing = ""] = (publishedBundles(service)[0] ?? "").split(/(?<=-----END CERTIFICATE-----\n)/);
    assert.ok(new X509Certificate(leaf).verify(new X509Certificate(issuing).publicKey));
    const path = { name: issued["name"] ?? "" };
    await call("node-api", { routeKey: "GET /v1/certificates/{name}", path, bearer: token }, 200);
    const clientCertificatePem = leaf;
    await call("node-api", { routeKey: "POST /v1/certificates/{name}/confirmation", path, clientCertificatePem }, 204);
    await call("node-api", { routeKey: "GET /v1/certificates/{name}/renewal-window", path }, 200);
    const renewal = { routeKey: "POST /v1/certificates/renew", body: { csr: nodeCsrPem("n1") }, clientCertificatePem };
    const renewed = await call("node-api", renewal, 201);
    const [next = ""] = (renewed["certificate"] ?? "").split(/(?<=-----END CERTIFICATE-----\n)/);
    const arrived = { path: { name: renewed["name"] ?? "" }, clientCertificatePem: next };
    await call("node-api", { routeKey: "POST /v1/certificates/{name}/confirmation", ...arrived }, 204);
    // Before a certificate is called superseded, the ledger is asked whether it knows it.
    const copied = { ...renewal, body: { csr: nodeCsrPem("n1") } };
    assert.equal((await call("node-api", copied, 403))["code"], "certificate_superseded");
    await call("node-api", { routeKey: "GET /v1/trust-bundle" }, 200);
    const ca = parseCertificate(Uint8Array.from(new X509Certificate(issuing).raw));
    const id = certIdFor({ subjectName: ca.subjectName, certificate: ca }, issued["serialNumber"] ?? "");
    const asked = { rawPath: `/v1/ocsp/${Buffer.from(ocspRequestFor([id])).toString("base64")}` };
    await call("node-api", { routeKey: "GET /v1/ocsp/{request+}", ...asked }, 200);
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
    const revoked = await call("node-api", { routeKey: "GET /v1/revoked-certificates" }, 200);
    assert.deepEqual(revoked["sha256"], [createHash("sha256").update(new X509Certificate(leaf).raw).digest("hex")]);
    const late = { routeKey: "POST /v1/certificates", bearer: token, body: { csr: nodeCsrPem("n3") } };
    await call("node-api", late, 409);
    await call("admin-api", { routeKey: "POST /v1/admin/nodes/{name}/release", path: { name: "n1" } }, 200);
    await call("admin-api", { routeKey: "DELETE /v1/admin/tokens/{id}", path: { id: tokenId } }, 204);
    await call("admin-api", { routeKey: "GET /v1/admin/authorities" }, 200);
    const today = new Date().toISOString().slice(0, 10);
    const period = { signedFrom: `${today}T00:00:00Z`, signedUntil: `${today}T23:59:59Z` };
    for (const origin of ["nodes", "service"])
      await call("admin-api", { routeKey: "GET /v1/admin/signatures", query: { of: origin, ...period } }, 200);
    const released = { ...renewal, body: { csr: nodeCsrPem("n1") }, clientCertificatePem: next };
    assert.match((await call("node-api", released, 403))["detail"] ?? "", /was released by an operator/);
  });

  it("admits what a restored table does not know from an administrator's word on, and until the next", async () => {
    const body = { issuedAfter: "2026-01-01T00:00:00Z" };
    await call("admin-api", { routeKey: "POST /v1/admin/recovery-admission", body }, 200);
    const shown = await call("admin-api", { routeKey: "GET /v1/admin/recovery-admission" }, 200);
    assert.equal(shown["state"], "Open");
    await call("admin-api", { routeKey: "DELETE /v1/admin/recovery-admission" }, 204);
  });

  it("carries out on its reconciliation what an administrator asks of the CAs, and refuses what it has no key for", async () => {
    const asked = await call("admin-api", { routeKey: "POST /v1/admin/authorities", body: { role: "issuing" } }, 202);
    assert.deepEqual([asked["authorityId"], asked["state"]], ["issuing-g2", "pending"]);
    await service.functions.authority.invoke(service.scheduledReconciliation);
    const { changeRequests } = await call("admin-api", { routeKey: "GET /v1/admin/authorities" }, 200);
    assert.match(
      JSON.stringify(changeRequests),
      /"refused","reason":"there is no key for issuing-g2; deploy with authority.issuingGenerations 2 first"/,
    );
    const { number = "" } = await call(
      "admin-api",
      { routeKey: "POST /v1/admin/authorities", body: { role: "root" } },
      202,
    );
    const path = { number };
    await call("admin-api", { routeKey: "DELETE /v1/admin/authorities/change-requests/{number}", path }, 204);
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
    const enrolment = { routeKey: "POST /v1/certificates", bearer: token, body: { csr: nodeCsrPem("n2") } };
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
      "Node Overdue",
      "Node Released",
      "Nodes Overdue",
      "Recovery Admission Ended",
      "Recovery Admission Opened",
      "Revocation List Published",
      "Superseded Certificate Used",
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

describe("the deployed service's privileges", () => {
  it("allow every call it made", () => {
    assert.deepEqual(deniedCalls(service.policies, service.calls()), []);
  });

  it("grant nothing that no call needed", () => {
    assert.deepEqual(unusedPermissions(service.policies, service.calls()), []);
  });

  it("would be noticed if one were missing, or one too many", () => {
    const roleArn = service.roleArn("node-api");
    const own = service.policies.identity.get(roleArn) ?? [];
    const without = {
      ...service.policies,
      identity: new Map([[roleArn, own.filter(({ Action }) => Action !== "kms:Sign")]]),
    };
    assert.notEqual(whyDenied(without, signingCall(service, "node-api", "issuing-g1")), undefined);
    const more = {
      ...service.policies,
      identity: new Map([[roleArn, [...own, { Effect: "Allow" as const, Action: "dynamodb:Scan", Resource: "*" }]]]),
    };
    assert.deepEqual(unusedPermissions(more, service.calls()), [`${roleArn} dynamodb:Scan *`]);
  });
});

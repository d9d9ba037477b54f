import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { encodePem } from "../../core/pem.ts";
import { buildCsr, subjectOf } from "../support/certificate-requests.ts";
import { deployService } from "../support/deployed/deployed-service.ts";
import { httpEvent, type EventPlan } from "../support/deployed/http-event.ts";
import { unusedPermissions, whyDenied } from "../support/iam/deployed-policies.ts";
import type { AwsCall } from "../support/iam/policy-statement.ts";
import { newKeyPair } from "../support/key-pairs.ts";

const service = await deployService({ authority: { rootGenerations: 2, issuingGenerations: 2 } }, { isKept: false });
after(() => service.close());

interface Listed {
  readonly items: readonly { readonly id: string; readonly state: string }[];
  readonly wishes: readonly { readonly number: number; readonly state: string; readonly reason: string }[];
}

async function call(functionName: "node-api" | "admin-api", plan: EventPlan): Promise<string> {
  const answer = (await service.functions[functionName].invoke(httpEvent(plan))) as {
    readonly statusCode: number;
    readonly body?: string;
  };
  assert.ok(answer.statusCode < 300, `${plan.routeKey}: ${answer.body ?? ""}`);
  return answer.body ?? "";
}

const listed = async () => JSON.parse(await call("admin-api", { routeKey: "GET /v1/admin/authorities" })) as Listed;
const states = async () => (await listed()).items.map(({ id, state }) => `${id} ${state}`);

/** Asks, lets the schedule come round, and tells what has become of it. */
async function asked(act: "activate" | "retire", id: string): Promise<string> {
  const routeKey = `POST /v1/admin/authorities/{id}/${act}`;
  const { number } = JSON.parse(await call("admin-api", { routeKey, path: { id }, body: {} })) as { number: number };
  await service.functions.authority.invoke(service.scheduledRound);
  const wish = (await listed()).wishes.find((one) => one.number === number);
  return `${wish?.state ?? ""}: ${wish?.reason ?? ""}`;
}

describe("a deployment with a second generation of keys", () => {
  it("prepares the CAs whose keys it brought, each with the key the template made for it", async () => {
    await service.functions.authority.invoke({
      RequestType: "Create",
      ResponseURL: `${service.objectStore.url}/response`,
      StackId: "stack",
      RequestId: "request",
      LogicalResourceId: "Authorities",
      ResourceProperties: service.resourceProperties,
    });
    assert.match(service.objectStore.received.at(-1)?.body ?? "", /"SUCCESS"/);
    assert.deepEqual(await states(), [
      "root-g1 active",
      "issuing-g1 active",
      "root-g2 prepared",
      "issuing-g2 prepared",
    ]);
    const bundle = service.objectStore.received.find(({ path }) => path.endsWith(".pem"))?.body ?? "";
    assert.equal(bundle.match(/BEGIN CERTIFICATE/g)?.length, 4);
  });

  it("refuses to be deployed with fewer keys than CAs that count", async () => {
    await service.functions.authority.invoke({
      RequestType: "Update",
      ResponseURL: `${service.objectStore.url}/response`,
      StackId: "stack",
      RequestId: "request",
      LogicalResourceId: "Authorities",
      PhysicalResourceId: "authorities",
      ResourceProperties: { ...service.resourceProperties, IssuingGenerations: "1" },
    });
    assert.match(
      service.objectStore.received.at(-1)?.body ?? "",
      /"FAILED".*issuing-g2 is in use: authority.issuingGenerations must be at least 2/,
    );
  });

  it("moves the fleet from one to the next", async () => {
    const token = JSON.parse(await call("admin-api", { routeKey: "POST /v1/admin/tokens", body: {} })) as {
      token: string;
    };
    const subject = subjectOf(["system:nodes"], "system:node:n1");
    const csr = encodePem("CERTIFICATE REQUEST", buildCsr({ keyPair: newKeyPair("P-256"), subject }));
    await call("node-api", { routeKey: "POST /v1/certificates", bearer: token.token, body: { csr } });
    assert.match(await asked("activate", "root-g2"), /^held: .* n1 \(never said\)/);
    assert.equal(await asked("activate", "issuing-g2"), "done: ");
    assert.match(await asked("retire", "issuing-g1"), /^held: n1 still uses certificate [0-9a-f]{32} of it/);
    assert.deepEqual(await states(), [
      "root-g1 active",
      "issuing-g1 retiring",
      "root-g2 prepared",
      "issuing-g2 active",
    ]);
  });

  it("allows the authority function every call it made, and nothing besides", () => {
    const denied = service
      .calls()
      .map((one) => [one.principalArn, one.action, one.resource, whyDenied(service.policies, one)])
      .filter(([, , , why]) => why !== undefined);
    assert.deepEqual(denied, []);
    const unused = unusedPermissions(service.policies, service.calls());
    assert.deepEqual(
      unused.filter((permission) => permission.startsWith(service.roleArn("authority"))),
      [],
    );
  });

  const signing = (functionName: string, alias: string): AwsCall => ({
    action: "kms:Sign",
    resource: service.keyArn(`alias/nodeseal/${alias}`),
    principalArn: service.roleArn(functionName),
    context: { "kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "DIGEST" },
  });
  for (const generation of ["g1", "g2"]) {
    it(`lets one function sign with each key of ${generation}, and no other`, () => {
      const may = (functionName: string, role: string) =>
        whyDenied(service.policies, signing(functionName, `${role}-${generation}`)) === undefined;
      const functions = ["node-api", "admin-api", "authority"];
      assert.deepEqual(
        functions.map((name) => [may(name, "root"), may(name, "issuing")]),
        [
          [false, true],
          [false, false],
          [true, false],
        ],
      );
    });
  }
});

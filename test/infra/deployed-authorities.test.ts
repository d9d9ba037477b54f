import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { DeployedPlanDocument } from "../../lambdas/authority/deployed-plan.ts";
import { nodeCsrPem } from "../support/certificate-requests.ts";
import { authorityOperator } from "../support/deployed/authority-operator.ts";
import { deployService } from "../support/deployed/deployed-service.ts";
import { signingCall } from "../support/deployed/privileged-call.ts";
import { provision, publishedBundles } from "../support/deployed/provisioning.ts";
import { deniedCalls, unusedPermissions, whyDenied } from "../support/iam/deployed-policies.ts";

const service = await deployService(
  { authority: { rootGenerations: 2, issuingGenerations: 2 }, validators: { refreshSeconds: 0 } },
  { isKept: false },
);
after(() => service.close());

const { call, states, asked } = authorityOperator(service);

/** A deployment with another plan. */
const updated = (changes: Partial<DeployedPlanDocument>) =>
  provision(service, "Update", { ...service.plan, ...changes });

describe("a deployment with a second generation of keys", () => {
  it("prepares the CAs whose keys it brought, each with the key the template made for it", async () => {
    const { Status, Reason } = await provision(service, "Create");
    assert.equal(Status, "SUCCESS", Reason);
    assert.deepEqual(await states(), [
      "root-g1 active",
      "issuing-g1 active",
      "root-g2 prepared",
      "issuing-g2 prepared",
    ]);
    const [bundle = ""] = publishedBundles(service);
    assert.equal(bundle.match(/BEGIN CERTIFICATE/g)?.length, 4);
  });

  it("can be rolled back while nothing uses them, and then lets none of them sign", async () => {
    assert.equal((await updated({ generations: { root: 1, issuing: 1 } })).Status, "SUCCESS");
    assert.match(await asked("activate", "issuing-g2"), /^refused: .*authority.issuingGenerations 2 first/);
    assert.equal((await updated({})).Status, "SUCCESS");
  });

  it("moves the fleet from one to the next", async () => {
    const token = JSON.parse(await call("admin-api", { routeKey: "POST /v1/admin/tokens", body: {} })) as {
      token: string;
    };
    await call("node-api", { routeKey: "POST /v1/certificates", bearer: token.token, body: { csr: nodeCsrPem("n1") } });
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

  it("refuses to be deployed with fewer keys than CAs in use", async () => {
    const { Status, Reason } = await updated({ generations: { root: 2, issuing: 1 } });
    assert.equal(Status, "FAILED");
    assert.match(
      Reason ?? "",
      /^issuing-g2 is in use, and there is no key for issuing-g2; deploy with authority.issuingGenerations 2 first/,
    );
  });

  it("allows the authority function every call it made, and nothing besides", () => {
    assert.deepEqual(deniedCalls(service.policies, service.calls()), []);
    const unused = unusedPermissions(service.policies, service.calls());
    assert.deepEqual(
      unused.filter((permission) => permission.startsWith(service.roleArn("authority"))),
      [],
    );
  });

  for (const generation of ["g1", "g2"]) {
    it(`lets the authority function sign with each key of ${generation}, node-api with the issuing key, and no other`, () => {
      const may = (functionName: string, role: string) =>
        whyDenied(service.policies, signingCall(service, functionName, `${role}-${generation}`)) === undefined;
      const functions = ["node-api", "admin-api", "authority"];
      assert.deepEqual(
        functions.map((name) => [may(name, "root"), may(name, "issuing")]),
        [
          [false, true],
          [false, false],
          [true, true],
        ],
      );
    });
  }
});

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { DeployedPlanDocument } from "../../lambdas/authority/deployed-plan.ts";
import { nodeCsrPem } from "../support/certificate-requests.ts";
import { authorityOperator } from "../support/deployed/authority-operator.ts";
import { openAssembly, type Assembly } from "../support/deployed/assembly.ts";
import { ACCOUNT_ID, deployService, REGION } from "../support/deployed/deployed-service.ts";
import { signingCall } from "../support/deployed/privileged-call.ts";
import { provision, publishedBundles } from "../support/deployed/provisioning.ts";
import { deniedCalls, unusedPermissions, whyDenied, type DeployedPolicies } from "../support/iam/deployed-policies.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../support/openssl.ts";
import { opensslCa } from "../support/openssl-external-ca.ts";

async function firstDeployment() {
  const files = workspace();
  const [ca, next] = [opensslCa(files), opensslCa(files, "next-root")];
  const outside = { hierarchy: "external", externalRootFile: ca.rootFile, issuingGenerations: 2 };
  // Revocation lists are one more reason to sign with the issuing keys: here it is the requests alone.
  const configuration = { authority: outside, revocationLists: null, validators: { refreshSeconds: 0 } };
  return { files, ca, next, outside, service: await deployService(configuration, { isKept: false }) };
}
const given = OPENSSL_SKIP === false ? await firstDeployment() : undefined;

describe("a deployment with a second issuing CA and a second root from outside", { skip: OPENSSL_SKIP }, () => {
  if (given === undefined) return;
  const { files, ca, next, outside, service } = given;
  after(async () => {
    await service.close();
    files.remove();
  });
  let [second, third]: (Assembly | undefined)[] = [];

  const { call, listed, states, asked: askedWith } = authorityOperator(service);
  const asked = (act: "activate" | "retire", id: string, force = false) => askedWith(act, id, { force });
  const csr = async (id: string): Promise<string> =>
    (await listed()).requests.find(({ authorityId }) => authorityId === id)?.csr ?? assert.fail(`no request of ${id}`);
  /** What CloudFormation is told, in a line. */
  const deployed = async (plan?: DeployedPlanDocument): Promise<string> => {
    const { Status, Reason = "", Data } = await provision(service, "Update", plan);
    return `${Status} ${Data?.["TrustBundleSequence"] ?? Reason}`;
  };
  const assembly = (authority: object): Assembly =>
    openAssembly(
      { accountId: ACCOUNT_ID, region: REGION },
      { authority: { ...outside, ...authority }, revocationLists: null },
    );
  /** Which of the issuing keys the functions may sign with. */
  const signers = (policies: DeployedPolicies | undefined) =>
    ["issuing-g1", "issuing-g2"].map((id) =>
      ["node-api", "admin-api", "authority"].filter(
        (functionName) =>
          policies !== undefined && whyDenied(policies, signingCall(service, functionName, id)) === undefined,
      ),
    );

  it("asks for both, and goes on with the first while the second is awaited", async () => {
    assert.match(await deployed(service.plan), /^SUCCESS 0$/);
    assert.notEqual(await csr("issuing-g1"), await csr("issuing-g2"));
    const issuingCertificateFiles = { "issuing-g1": ca.sign(await csr("issuing-g1"), "issuing-g1.pem") };
    second = assembly({ issuingCertificateFiles });
    assert.match(await deployed(second.authorityPlan), /^SUCCESS 1$/);
    assert.deepEqual(await states(), ["root-g1 active", "issuing-g1 active"]);
  });

  it("refuses a certificate of the other generation, and changes nothing", async () => {
    const { roots, issuingCertificates } = second?.authorityPlan.externalCa ?? assert.fail("not deployed");
    const swapped = { roots, issuingCertificates: { "issuing-g2": issuingCertificates["issuing-g1"] ?? "" } };
    const answer = await deployed({ ...service.plan, externalCa: swapped });
    assert.match(answer, /^FAILED the certificate of issuing-g2 is for another key than arn:aws:kms/);
    assert.deepEqual(await states(), ["root-g1 active", "issuing-g1 active"]);
  });

  it("prepares the second one below the second root, whatever is rolled back", async () => {
    const issuingCertificateFiles = {
      "issuing-g1": files.path("issuing-g1.pem"),
      "issuing-g2": next.sign(await csr("issuing-g2"), "issuing-g2.pem"),
    };
    const externalRootFiles = [ca.rootFile, next.rootFile];
    third = assembly({ externalRootFile: undefined, externalRootFiles, issuingCertificateFiles });
    const steps = [third, second, third].map((one) => one?.authorityPlan);
    for (const plan of [...steps, service.plan]) assert.match(await deployed(plan), /^SUCCESS 2$/);
    assert.deepEqual(await states(), [
      "root-g1 active",
      "issuing-g1 active",
      "root-g2 prepared",
      "issuing-g2 prepared",
    ]);
    const published = publishedBundles(service).at(-1) ?? "";
    const issuing = files.path("issuing-g2.pem");
    assert.match(openssl(["verify", "-CAfile", files.write("bundle.pem", published), issuing]).toString(), /OK/);
  });

  it("moves the fleet when it holds the new root, or the operator insists", async () => {
    const created = await call("admin-api", { routeKey: "POST /v1/admin/tokens", body: {} });
    const { token } = JSON.parse(created) as { readonly token: string };
    const body = { csr: nodeCsrPem("n1") };
    await call("node-api", { routeKey: "POST /v1/certificates", bearer: token, body });
    assert.match(await asked("activate", "issuing-g2"), /^held: its root is in trust bundle 2, .* n1 \(never said\)/);
    assert.equal(await asked("activate", "issuing-g2", true), "done: ");
    assert.match(await asked("retire", "issuing-g1"), /^held: n1 still uses certificate [0-9a-f]{32} of it/);
    assert.equal(await asked("retire", "issuing-g1", true), "done: ");
    assert.equal(await asked("retire", "root-g1"), "done: ");
    assert.match(await deployed(third?.authorityPlan), /^SUCCESS /);
    assert.deepEqual(await states(), ["root-g1 retired", "issuing-g1 retired", "root-g2 active", "issuing-g2 active"]);
  });

  it("lets the authority function sign with a key while its certificate is awaited, and no longer", () => {
    const both = ["node-api", "authority"];
    assert.deepEqual([service.policies, second?.policies, third?.policies].map(signers), [
      [both, both],
      [["node-api"], both],
      [["node-api"], ["node-api"]],
    ]);
  });

  it("grants the authority function what it asked for, and nothing besides", () => {
    const { policies } = third ?? assert.fail("not deployed");
    // The requests were signed under the first deployment's policies.
    const calls = service.calls().filter(({ action }) => action !== "kms:Sign");
    assert.deepEqual(deniedCalls(policies, calls), []);
    const unused = unusedPermissions(policies, service.calls());
    assert.deepEqual(
      unused.filter((permission) => permission.startsWith(service.roleArn("authority"))),
      [],
    );
  });
});

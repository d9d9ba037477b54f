import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { nodeCsrPem } from "../support/certificate-requests.ts";
import { answerOf } from "../support/deployed/api-answer.ts";
import { openAssembly, type Assembly } from "../support/deployed/assembly.ts";
import { ACCOUNT_ID, deployService, REGION } from "../support/deployed/deployed-service.ts";
import type { EventPlan } from "../support/deployed/http-event.ts";
import { signingCall } from "../support/deployed/privileged-call.ts";
import { provision, publishedBundles } from "../support/deployed/provisioning.ts";
import { deniedCalls, unusedPermissions, whyDenied, type DeployedPolicies } from "../support/iam/deployed-policies.ts";
import type { AwsCall } from "../support/iam/policy-statement.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../support/openssl.ts";
import { opensslCa } from "../support/openssl-external-ca.ts";

interface Listed {
  readonly items: readonly { readonly id: string; readonly state: string; readonly keyArn: string | null }[];
  readonly requests: readonly { readonly authorityId: string; readonly csr: string }[];
}

async function deployed() {
  const files = workspace();
  const ca = opensslCa(files);
  // Revocation lists are one more reason to sign with the issuing key: here it is the request alone.
  const first = { authority: { hierarchy: "external", externalRootFile: ca.rootFile }, revocationLists: null };
  return { files, ca, first, service: await deployService(first, { isKept: false }) };
}
const given = OPENSSL_SKIP === false ? await deployed() : undefined;

describe("a deployment whose issuing CA is signed outside", { skip: OPENSSL_SKIP }, () => {
  if (given === undefined) return;
  const { files, ca, first, service } = given;
  after(async () => {
    await service.close();
    files.remove();
  });
  let second: Assembly | undefined;
  let firstCalls: readonly AwsCall[] = [];

  const answered = (functionName: "node-api" | "admin-api", plan: EventPlan) => answerOf(service, functionName, plan);
  const listed = async (): Promise<Listed> =>
    JSON.parse((await answered("admin-api", { routeKey: "GET /v1/admin/authorities" })).text) as Listed;
  const csr = async (): Promise<string> => (await listed()).requests[0]?.csr ?? assert.fail("no request");
  const secondAssembly = async (): Promise<Assembly> => {
    const issuingCertificateFile = ca.sign(await csr(), "issuing.pem");
    return openAssembly(
      { accountId: ACCOUNT_ID, region: REGION },
      { ...first, authority: { ...first.authority, issuingCertificateFile } },
    );
  };
  const enrolment = async () => {
    const created = await answered("admin-api", { routeKey: "POST /v1/admin/tokens", body: {} });
    const { token } = JSON.parse(created.text) as { readonly token: string };
    return answered("node-api", { routeKey: "POST /v1/certificates", bearer: token, body: { csr: nodeCsrPem("n1") } });
  };

  it("waits for its certificate, and tells the outside CA's root already", async () => {
    const { Status, Reason, Data } = await provision(service, "Update");
    assert.deepEqual([Status, Data?.["TrustBundleSequence"]], ["SUCCESS", "0"], Reason);
    assert.equal(publishedBundles(service).at(-1), readFileSync(ca.rootFile, "utf8"));
    assert.deepEqual((await listed()).items, []);
  });

  it("asks all to come back meanwhile, and is well", async () => {
    const trust = await answered("node-api", { routeKey: "GET /v1/trust-bundle" });
    for (const answer of [await enrolment(), trust]) {
      assert.equal(answer.status, 503, answer.text);
      assert.match(answer.text, /signer_busy.*no active issuing CA yet/);
      assert.equal(answer.headers["retry-after"], "60");
    }
    assert.equal((await answered("node-api", { routeKey: "GET /healthz" })).status, 200);
  });

  it("lets reconciliations pass meanwhile", async () => {
    await service.functions.authority.invoke(service.scheduledReconciliation);
    assert.deepEqual((await listed()).items, []);
  });

  it("refuses a certificate for another key, and changes nothing", async () => {
    const key = files.write("other.key", openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout"]));
    const foreign = openssl(["req", "-new", "-key", key, "-subj", "/CN=other"]).toString();
    const foreignPem = readFileSync(ca.sign(foreign, "foreign.pem"), "utf8");
    const externalCa = {
      roots: service.plan.externalCa?.roots ?? "",
      issuingCertificates: { "issuing-g1": foreignPem },
    };
    const { Status, Reason } = await provision(service, "Update", { ...service.plan, externalCa });
    assert.equal(Status, "FAILED");
    assert.match(Reason ?? "", /is for another key than arn:aws:kms/);
    assert.deepEqual((await listed()).items, []);
  });

  it("issues once the certificate is installed", async () => {
    firstCalls = service.calls();
    second = await secondAssembly();
    const { Status, Reason, Data } = await provision(service, "Update", second.authorityPlan);
    assert.deepEqual([Status, Data?.["TrustBundleSequence"]], ["SUCCESS", "1"], Reason);
    await service.functions.authority.invoke(second.scheduledReconciliation);
    assert.deepEqual(
      (await listed()).items.map(({ id, state, keyArn }) => `${id} ${state} ${keyArn === null ? "elsewhere" : "here"}`),
      ["root-g1 active elsewhere", "issuing-g1 active here"],
    );
    const answer = await enrolment();
    assert.ok(answer.status < 300, answer.text);
    const { chain } = JSON.parse(answer.text) as { readonly chain?: string };
    const file = files.write("node.pem", chain ?? (JSON.parse(answer.text) as { certificate: string }).certificate);
    const bundle = files.write("bundle.pem", (await answered("node-api", { routeKey: "GET /v1/trust-bundle" })).text);
    assert.match(openssl(["verify", "-x509_strict", "-CAfile", bundle, file]).toString(), /OK/);
  });

  it("stays as it is when the deployment is rolled back or made again", async () => {
    for (const plan of [service.plan, second?.authorityPlan ?? assert.fail("not deployed")]) {
      const { Status, Data } = await provision(service, "Update", plan);
      assert.deepEqual([Status, Data?.["TrustBundleSequence"]], ["SUCCESS", "1"]);
    }
  });

  it("makes no root key, and has events say nothing that is believed", () => {
    assert.deepEqual(Object.values(second?.template ?? {}).filter(({ type }) => type === "AWS::KMS::Key").length, 1);
    assert.deepEqual(second?.scheduledReconciliation, { act: "reconcile" });
  });

  it("allowed the authority function every call it made, and nothing besides, in each of the two", () => {
    const secondCalls = service.calls().slice(firstCalls.length);
    const halves: readonly [DeployedPolicies, readonly AwsCall[]][] = [
      [service.policies, firstCalls],
      [second?.policies ?? assert.fail("not deployed"), secondCalls],
    ];
    for (const [policies, calls] of halves) {
      assert.deepEqual(deniedCalls(policies, calls), []);
      // A warm function asks for a public key once: over both deployments, nothing is granted in vain.
      const unused = unusedPermissions(policies, policies === service.policies ? calls : service.calls());
      // Watching renewals needs a fleet: test/infra/deployed-overdue.test.ts has one.
      const ofCas = unused.filter((permission) => !/table\/nodeseal-(?:nodes|issuances)\b/.test(permission));
      assert.deepEqual(
        ofCas.filter((permission) => permission.startsWith(service.roleArn("authority"))),
        [],
      );
    }
  });

  it("lets the authority function sign with the issuing key while the certificate is awaited, and never the admin function", () => {
    const may = (policies: DeployedPolicies | undefined, functionName: string): boolean =>
      policies !== undefined && whyDenied(policies, signingCall(service, functionName, "issuing-g1")) === undefined;
    const functions = ["node-api", "admin-api", "authority"];
    assert.deepEqual(
      [service.policies, second?.policies].map((policies) => functions.map((name) => may(policies, name))),
      [
        [true, false, true],
        [true, false, false],
      ],
    );
  });
});

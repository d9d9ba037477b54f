import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EVERY_SWITCH, synthesizedTemplates } from "../support/synthesized-templates.ts";

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

for (const [what, configuration] of [
  ["default", {}],
  ["every switch", EVERY_SWITCH],
] as const) {
  describe(`the permissions to be invoked by API Gateway (${what})`, () => {
    const { service } = synthesizedTemplates(configuration);
    const resources = Object.values(service.toJSON()["Resources"] as Readonly<Record<string, Resource>>);
    const ofType = (type: string): Resource["Properties"][] =>
      resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
    const permissions = ofType("AWS::Lambda::Permission").map(({ FunctionName, SourceArn }) => ({
      target: getAttOf(FunctionName),
      pattern: text(SourceArn),
    }));
    const integrations = new Map(
      Object.entries(service.findResources("AWS::ApiGatewayV2::Integration")).map(([id, found]) => [
        id,
        getAttOf((found as Resource).Properties["IntegrationUri"]),
      ]),
    );

    for (const { RouteKey, Target } of ofType("AWS::ApiGatewayV2::Route")) {
      const routeKey = String(RouteKey);
      it(`cover ${routeKey}`, () => {
        const target = integrations.get(/<(\w+)>$/.exec(text(Target))?.[1] ?? "");
        assert.ok(target !== undefined && target !== "", text(Target));
        const arn = sourceArnOf(routeKey);
        const patterns = permissions.filter((one) => one.target === target).map(({ pattern }) => pattern);
        assert.ok(
          patterns.some((pattern) => matches(pattern, arn)),
          `${arn} by ${patterns.join(", ")}`,
        );
      });
    }

    it("let in no other API", () => {
      for (const { pattern } of permissions) {
        if (pattern.includes("execute-api")) assert.match(pattern, /:<ServiceFrontDoorApi\w+>\//);
      }
    });
  });
}

/** As API Gateway says who calls: method and path of a route, `$default` alone. */
function sourceArnOf(routeKey: string): string {
  const [method = "", path = ""] = routeKey.split(" ");
  const route = routeKey === "$default" ? "$default" : `${method === "ANY" ? "*" : method}${path}`;
  return `$default/${route}`;
}

/** IAM's ArnLike, behind the API's id: a star stands for anything, slashes too. */
function matches(pattern: string, route: string): boolean {
  const behind = /execute-api:.*>\/(.*)$/.exec(pattern)?.[1];
  if (behind === undefined) return false;
  const expression = behind.split("*").map((part) => part.replaceAll(/[.$^{}()|[\]\\+?]/g, "\\$&"));
  return new RegExp(`^${expression.join(".*")}$`).test(route);
}

/** What an intrinsic function joins, references in angle brackets. */
function text(value: unknown): string {
  if (typeof value === "string") return value;
  const join = (value as { readonly "Fn::Join"?: readonly [string, readonly unknown[]] } | undefined)?.["Fn::Join"];
  if (join !== undefined) return join[1].map(text).join(join[0]);
  const reference = (value as { readonly Ref?: string } | undefined)?.Ref;
  return reference === undefined ? JSON.stringify(value) : `<${reference}>`;
}

function getAttOf(value: unknown): string {
  const attribute = (value as { readonly "Fn::GetAtt"?: readonly [string, string] } | undefined)?.["Fn::GetAtt"];
  return attribute?.[0] ?? "";
}

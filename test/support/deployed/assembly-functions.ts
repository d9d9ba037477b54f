import { join } from "node:path";
import type { Route } from "../../../lambdas/route.ts";
import type { ResolvedTemplate } from "../iam/resolved-template.ts";

/** A function as a cloud assembly has it. */
export interface AssemblyFunction {
  /** `node-api`. */
  readonly name: string;
  /** Where its code lies, and the files beside it. */
  readonly directory: string;
  readonly roleArn: string;
  /** As the policies name it (`lambda:SourceFunctionArn`). */
  readonly arn: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The routes of the HTTP API that lead to it. */
  readonly routes: readonly Route[];
}

interface FunctionProperties {
  readonly Role: string;
  readonly Handler: string;
  readonly Code: { readonly S3Key: string };
  readonly Environment?: { readonly Variables: Readonly<Record<string, string>> };
}

const ROLE = /role\/nodeseal-(.+)-[a-z]{2}(?:-[a-z]+)+-\d$/;

/** Our own functions, by their roles' names; what CDK adds for itself has others. */
export function functionsOf(template: ResolvedTemplate, assemblyDirectory: string): readonly AssemblyFunction[] {
  return Object.entries(template).flatMap(([id, { type, properties }]) => {
    if (type !== "AWS::Lambda::Function") return [];
    const { Role, Handler, Code, Environment } = properties as unknown as FunctionProperties;
    const name = ROLE.exec(Role)?.[1];
    if (name === undefined) return [];
    if (Handler !== "index.handler") throw new Error(`${name} is entered at ${Handler}, not as it is loaded here`);
    const directory = join(assemblyDirectory, `asset.${Code.S3Key.replace(/\.zip$/, "")}`);
    // Where Lambda unpacks the code.
    const environment = Object.fromEntries(
      Object.entries(Environment?.Variables ?? {}).map(([key, value]) => [key, value.replace("/var/task", directory)]),
    );
    return [
      {
        name,
        directory,
        arn: `<AWS::Lambda::Function ${id} Arn>`,
        roleArn: Role,
        environment,
        routes: routesTo(template, id),
      },
    ];
  });
}

function routesTo(template: ResolvedTemplate, functionId: string): Route[] {
  const resources = Object.entries(template);
  const integrations = resources.filter(
    ([, { type, properties }]) =>
      type === "AWS::ApiGatewayV2::Integration" && names(properties["IntegrationUri"], functionId),
  );
  return resources
    .filter(
      ([, { type, properties }]) =>
        type === "AWS::ApiGatewayV2::Route" && integrations.some(([id]) => names(properties["Target"], id)),
    )
    .map(([, { properties }]) => routeOf(properties));
}

/** `<type id attribute>` stands for what only exists once it is deployed. */
function names(reference: unknown, id: string): boolean {
  return new RegExp(`\\s${id}\\s`).test(String(reference));
}

function routeOf({ RouteKey, AuthorizationType }: Readonly<Record<string, unknown>>): Route {
  if (AuthorizationType !== "NONE" && AuthorizationType !== "AWS_IAM")
    throw new Error(`${String(RouteKey)} is authorized by ${String(AuthorizationType)}, which nothing here does`);
  return { routeKey: String(RouteKey), authorization: AuthorizationType };
}

import { RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  CfnStage,
  HttpApi,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  HttpMethod,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Grant, ServicePrincipal, type IGrantable } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { ADMINISTRATOR_RIGHTS, type AdministratorRightName } from "../../../core/rights/administrator-right.ts";
import type { Route } from "../../../lambdas/route.ts";
import type { ThrottledRoute } from "../../settings/route-throttles.ts";
import { RETENTION_DAYS } from "../../settings/retention-days.ts";
import type { LogRetentionDays } from "../../configuration/service-defaults.ts";

export interface FrontDoorFunction {
  /** Also the id of its integration. */
  readonly name: string;
  readonly function: IFunction;
  readonly routes: readonly ThrottledRoute[];
}

export interface FrontDoorProps {
  readonly description: string;
  readonly functions: readonly FrontDoorFunction[];
  readonly logDays: LogRetentionDays;
}

/**
 * The HTTP API: exactly the routes that the handlers dispatch, each with its own throttle, and one log line per
 * request.
 */
export class FrontDoor extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  readonly accessLog: LogGroup;

  constructor(scope: Construct, id: string, { description, functions, logDays }: FrontDoorProps) {
    super(scope, id);
    this.api = new HttpApi(this, "Api", { description, createDefaultStage: false });
    this.accessLog = new LogGroup(this, "AccessLog", {
      retention: RETENTION_DAYS[logDays],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.stage = new HttpStage(this, "Stage", {
      httpApi: this.api,
      stageName: "$default",
      autoDeploy: true,
      throttle: { rateLimit: 1000, burstLimit: 1000 },
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.accessLog),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    // The L2 construct has no throttle per route. CloudFormation passes this JSON on unchanged.
    const settings: Record<string, { ThrottlingRateLimit: number; ThrottlingBurstLimit: number }> = {};
    for (const target of functions) {
      const integration = new HttpLambdaIntegration(`${target.name}Integration`, target.function, {
        scopePermissionToRoute: false,
      });
      if (target.routes.some(({ routeKey }) => routeKey === "$default")) this.allowDefaultRoute(target.function);
      for (const route of target.routes) {
        this.addRoute(route, integration);
        const { requestsPerSecond, burst } = route.throttle;
        settings[route.routeKey] = { ThrottlingRateLimit: requestsPerSecond, ThrottlingBurstLimit: burst };
      }
    }
    const { defaultChild } = this.stage.node;
    if (!(defaultChild instanceof CfnStage)) throw new Error("an HttpStage is no CfnStage any more");
    defaultChild.routeSettings = settings;
  }

  get url(): string {
    return this.api.apiEndpoint;
  }

  /** Lets a principal call the admin routes of a right. */
  grantRight(grantee: IGrantable, right: AdministratorRightName): Grant {
    const resourceArns = ADMINISTRATOR_RIGHTS[right].routes.map((route) => {
      const [method = "", path = ""] = route.split(" ");
      return this.api.arnForExecuteApi(method, path, "$default");
    });
    return Grant.addToPrincipal({ grantee, actions: ["execute-api:Invoke"], resourceArns });
  }

  /**
   * API Gateway names a route by method and path, as in `API/STAGE/GET/healthz`, and CDK's permission has a star for each
   * part. `API/STAGE/$default` is one part shorter.
   */
  private allowDefaultRoute(target: IFunction): void {
    target.addPermission("DefaultRoute", {
      scope: this,
      principal: new ServicePrincipal("apigateway.amazonaws.com"),
      sourceArn: Stack.of(this).formatArn({
        service: "execute-api",
        resource: this.api.apiId,
        resourceName: "*/$default",
      }),
    });
  }

  private addRoute({ routeKey, authorization }: Route, integration: HttpLambdaIntegration): void {
    const route = new HttpRoute(this, routeKey.replaceAll(/[^A-Za-z0-9$]+/g, "-"), {
      httpApi: this.api,
      routeKey: routeKeyOf(routeKey),
      integration,
      authorizer: authorization === "AWS_IAM" ? new HttpIamAuthorizer() : new HttpNoneAuthorizer(),
    });
    // A stage cannot name a route that does not exist yet.
    this.stage.node.addDependency(route);
    if (authorization === "NONE") {
      Validations.of(route).acknowledge({
        id: "AwsSolutions-APIG4",
        reason:
          "Nodes and Kubernetes' clients sign with no AWS identity: the function authenticates them by bearer token, client certificate or proof of possession, and denies by default",
      });
    }
  }
}

/**
 * No header, query or body: they hold tokens. Paths hold names of nodes and certificates and token ids, which are not
 * secret.
 */
const ACCESS_LOG = {
  requestId: "$context.requestId",
  time: "$context.requestTimeEpoch",
  sourceIp: "$context.identity.sourceIp",
  userArn: "$context.identity.userArn",
  protocol: "$context.protocol",
  routeKey: "$context.routeKey",
  path: "$context.path",
  status: "$context.status",
  responseLength: "$context.responseLength",
  responseLatency: "$context.responseLatency",
  integrationLatency: "$context.integrationLatency",
  integrationStatus: "$context.integrationStatus",
  error: "$context.error.message",
  integrationError: "$context.integrationErrorMessage",
  clientCertificateSerialNumber: "$context.identity.clientCert.serialNumber",
};

const HTTP_METHODS: ReadonlyMap<string, HttpMethod> = new Map(
  Object.values(HttpMethod).map((method) => [method, method]),
);

function routeKeyOf(routeKey: string): HttpRouteKey {
  if (routeKey === "$default") return HttpRouteKey.DEFAULT;
  const [method = "", path = ""] = routeKey.split(" ");
  const known = HTTP_METHODS.get(method);
  if (known === undefined) throw new Error(`the route key "${routeKey}" has no method of HTTP`);
  return HttpRouteKey.with(path, known);
}

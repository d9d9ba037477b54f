import type { APIGatewayProxyEventV2 } from "aws-lambda";

export interface EventPlan {
  readonly routeKey: string;
  /** Where the route key does not say it: of `ANY` and greedy routes. */
  readonly method?: string;
  readonly rawPath?: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly bearer?: string;
  readonly body?: unknown;
  readonly clientCertificatePem?: string;
  /** When it reached the front door; now, unless said otherwise. */
  readonly at?: Date;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default - the API's own */
  readonly host?: string;
}

export const API_HOST = "api.execute-api.eu-central-1.amazonaws.com";

/** What API Gateway hands to a function for a route (payload format 2.0), with IAM's word on admin routes. */
export function httpEvent(plan: EventPlan): APIGatewayProxyEventV2 {
  const [routeMethod = "", pattern = ""] = plan.routeKey.split(" ");
  const method = plan.method ?? routeMethod;
  const rawPath = plan.rawPath ?? pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => plan.path?.[name] ?? "");
  const requestContext = {
    accountId: "111122223333",
    apiId: "api",
    domainName: plan.host ?? API_HOST,
    domainPrefix: "api",
    requestId: "request",
    routeKey: plan.routeKey,
    stage: "$default",
    time: "",
    timeEpoch: (plan.at ?? new Date()).getTime(),
    http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
    ...(plan.routeKey.includes("/v1/admin/")
      ? { authorizer: { iam: { userArn: "arn:aws:iam::111122223333:user/operator" } } }
      : {}),
    ...(plan.clientCertificatePem === undefined
      ? {}
      : { authentication: { clientCert: { clientCertPem: plan.clientCertificatePem } } }),
  };
  return {
    version: "2.0",
    routeKey: plan.routeKey,
    rawPath,
    rawQueryString: new URLSearchParams(plan.query).toString(),
    headers: {
      ...(plan.body === undefined ? {} : { "content-type": "application/json" }),
      ...plan.headers,
      ...(plan.bearer === undefined ? {} : { authorization: `Bearer ${plan.bearer}` }),
    },
    ...(plan.query === undefined ? {} : { queryStringParameters: plan.query }),
    ...(plan.path === undefined ? {} : { pathParameters: plan.path }),
    ...(plan.body === undefined ? {} : { body: JSON.stringify(plan.body) }),
    isBase64Encoded: false,
    requestContext: requestContext as APIGatewayProxyEventV2["requestContext"],
  };
}

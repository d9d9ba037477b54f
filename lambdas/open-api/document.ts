import type * as z from "zod/mini";
import { routes as adminRoutes } from "../admin-api/routes.ts";
import { routes as nodeRoutes } from "../node-api/routes.ts";
import { ADMIN_ANSWERS } from "./admin-answers.ts";
import { ADMIN_OPERATIONS } from "./admin-operations.ts";
import { HEADERS } from "./headers.ts";
import { NODE_ANSWERS } from "./node-answers.ts";
import { NODE_OPERATIONS } from "./node-operations.ts";
import { schemaOf, type Description } from "./operation.ts";
import { refusalResponses, refusalsOf } from "./refusals.ts";

/** An operation of the document, in the order in which it is shown. */
export interface DescribedRoute extends Description {
  readonly method: string;
  readonly path: string;
  readonly tag: Tag;
}

export const TAGS = {
  node: "What machines ask: certificates and their renewal",
  anonymous: "What anybody may ask",
  tokens: "Bootstrap tokens",
  requests: "Requests, and their approval",
  certificates: "Certificates, and their revocation",
  nodes: "Nodes: what they hold, and what may be done to them",
  recovery: "Nodes that come back although they are refused",
  authorities: "CA generations",
  policy: "What policy decides",
  overview: "What the service does",
} as const;
export type Tag = keyof typeof TAGS;

const SECURITY_SCHEMES = {
  bootstrapToken: { type: "http", scheme: "bearer", description: "<token-id>.<token-secret>" },
  clientCertificate: {
    type: "mutualTLS",
    description: "The current certificate. Where there is no mutual TLS, a `proof` in the body stands in its place",
  },
};
const IAM_SCHEME = {
  iam: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: "AWS Signature Version 4, service `execute-api`",
    "x-amazon-apigateway-authtype": "awsSigv4",
  },
};

/** The document at `/v1/openapi.json`: what nodes need. Its own document, for it is carried by the function that signs. */
export function nodeDocument(): unknown {
  const title = "Nodeseal node API";
  return documentOf(title, NODE_ROUTES, schemasOf(NODE_ANSWERS), SECURITY_SCHEMES);
}

/** Node and admin API (`docs/openapi.json`). */
export function wholeDocument(): unknown {
  const schemas = { ...schemasOf(NODE_ANSWERS), ...schemasOf(ADMIN_ANSWERS) };
  return documentOf("Nodeseal", ALL_ROUTES, schemas, { ...SECURITY_SCHEMES, ...IAM_SCHEME });
}

const NODE_ROUTES = nodeRoutes.flatMap(({ routeKey }) =>
  routeKey === "$default" ? [] : [described(routeKey, NODE_OPERATIONS[routeKey])],
);
export const ALL_ROUTES: readonly DescribedRoute[] = [
  ...NODE_ROUTES,
  ...adminRoutes.map(({ routeKey }) => described(routeKey, ADMIN_OPERATIONS[routeKey])),
];

function described(routeKey: string, description: Description): DescribedRoute {
  const [method = "", path = ""] = routeKey.split(" ");
  // A variable that takes the rest of the path is API Gateway's own invention.
  return { ...description, method, path: path.replace("+}", "}"), tag: tagOf(path, description) };
}

function tagOf(path: string, { security }: Description): Tag {
  const [, part = ""] = /^\/v1\/admin\/([a-z]+)/.exec(path) ?? [];
  if (part === "") return isAnonymous(security) ? "anonymous" : "node";
  return Object.keys(TAGS).find((tag): tag is Tag => tag === part) ?? "overview";
}

/** An empty list says that nobody has to prove anything; a list with nothing but an empty scheme does so too. */
function isAnonymous(security: Description["security"]): boolean {
  return security.every((scheme) => Object.keys(scheme).length === 0);
}

function documentOf(
  title: string,
  routes: readonly DescribedRoute[],
  schemas: unknown,
  securitySchemes: unknown,
): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  return {
    openapi: "3.1.0",
    info: {
      title,
      version: "1",
      summary: "Certificates for machines, signed by a key that never leaves KMS",
      description:
        "Times are RFC 3339 in UTC, serial numbers 32 hexadecimal digits. HEAD is answered wherever nodes have GET. " +
        "Members may be added to answers: ignore those you do not know. Members of requests are a closed list. " +
        "A method that a path has not is refused with 405 `method_not_allowed`, and `Allow`.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [
      { url: "https://{host}", variables: { host: { default: "127.0.0.1:8443", description: "Your service" } } },
    ],
    tags: Object.entries(TAGS)
      .filter(([name]) => routes.some(({ tag }) => tag === name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas, responses: refusalResponses(), headers: HEADERS, securitySchemes },
  };
}

function operationOf(route: DescribedRoute): unknown {
  const { operationId, summary, description, security, parameters, requestBody, answers, refusals, tag } = route;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(route.isDeprecated === true ? { deprecated: true } : {}),
    security: isAnonymous(security) ? [] : security,
    ...(parameters === undefined ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: { ...answers, ...refusalsOf(refusals) },
  };
}

/** Answers may grow: a client that validates them must not fail then, so that they are not closed here. */
function schemasOf(answers: Readonly<Record<string, z.ZodMiniType>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(answers).map(([name, schema]) => [name, opened(schemaOf(schema))]));
}

function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => name !== "additionalProperties");
  return Object.fromEntries(kept.map(([name, inner]) => [name, opened(inner)]));
}

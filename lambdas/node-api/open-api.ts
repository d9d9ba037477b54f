import { TRUST_CONSUMERS } from "../../core/authority/trust-consumer.ts";
import * as z from "zod/mini";
import { RENEWAL_REASONS } from "../../core/renewal/suggested-renewal.ts";
import { DISCOVERY_NONCE } from "../../core/token/discovery.ts";
import { renewalRequestSchema, signingRequestSchema } from "./signing-request.ts";
import { HEADERS, headers } from "./open-api-headers.ts";
import { routes, type NodeApiRouteKey } from "./routes.ts";

type Described = Exclude<NodeApiRouteKey, "$default">;

interface Description {
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly requestBody?: unknown;
  /** Besides those of the path. */
  readonly parameters?: readonly unknown[];
  readonly responses: Readonly<Record<string, unknown>>;
}

const REVOCATION_LIST = {
  200: { description: "A DER CRL (RFC 5280 section 5)", content: { "application/pkix-crl": {} } },
  304: { description: "Unchanged" },
  404: { description: "No such list" },
};

const PROBLEM = {
  description: "Refused: see `code`",
  headers: headers("Nodeseal-Code", "Nodeseal-Next", "Nodeseal-Detail", "Nodeseal-Time", "Retry-After"),
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

const CERTIFICATE = {
  "application/json": { schema: { $ref: "#/components/schemas/Certificate" } },
  "application/pem-certificate-chain": { schema: { type: "string" } },
};

const PENDING = {
  description: "Waits for approval",
  headers: headers("Nodeseal-Next", "Nodeseal-Request", "Nodeseal-Time", "Retry-After"),
  content: { "application/json": { schema: { $ref: "#/components/schemas/Pending" } } },
};
const TIMES = headers("Nodeseal-Renew-After", "Nodeseal-Renew-Before", "Nodeseal-Renew-After-Seconds");
const ABOUT_CERTIFICATE = { ...headers("Nodeseal-Next", "Nodeseal-Time", "Nodeseal-Trust-Bundle"), ...TIMES };
const NONCE = {
  name: "nonce",
  in: "query",
  required: true,
  schema: { type: "string", pattern: DISCOVERY_NONCE.source },
};
const TRUST_QUERY = [
  {
    name: "for",
    in: "query",
    description: "What one kind of program must be given; without it, all",
    schema: { enum: TRUST_CONSUMERS },
  },
  {
    name: "without",
    in: "query",
    description: "Leaves out CAs that sign no more",
    schema: { enum: ["retiring"] },
  },
];
const issued = (description: string): unknown => ({
  description,
  headers: { ...headers("Nodeseal-Request"), ...ABOUT_CERTIFICATE },
  content: CERTIFICATE,
});
const jsonBodyOf = (schema: z.ZodMiniType): unknown => ({
  required: true,
  content: { "application/json": { schema: jsonSchema(schema) } },
});

/** `$schema` names a dialect that OpenAPI 3.1 already implies. */
function jsonSchema(schema: z.ZodMiniType): unknown {
  return { ...z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }), $schema: undefined };
}

const OCSP = {
  200: { description: "An OCSPResponse; its failures too", content: { "application/ocsp-response": {} } },
  default: PROBLEM,
};
const PLAIN_ROUTES = {
  "POST /v1/ocsp": {
    summary: "Whether certificates are revoked (RFC 6960)",
    requestBody: { required: true, content: { "application/ocsp-request": {} } },
    responses: OCSP,
  },
  "GET /v1/ocsp/{request+}": { summary: "The same, the request in base64 as the rest of the path", responses: OCSP },
  "GET /v1/trust-bundle": {
    summary: "The CA certificates to trust",
    parameters: TRUST_QUERY,
    responses: {
      200: {
        description: "PEM, or JSON if accepted",
        headers: headers("Nodeseal-Trust-Bundle"),
        content: { "application/x-pem-file": {}, "application/json": {} },
      },
      304: { description: "Unchanged" },
      default: PROBLEM,
    },
  },
  "GET /v1/crl/{authorityId}/{shard}": {
    summary: "Of the revoked certificates of a CA those whose serial numbers begin with one or two digits",
    responses: REVOCATION_LIST,
  },
  "GET /v1/crl/{authorityId}": { summary: "All revoked certificates of a CA", responses: REVOCATION_LIST },
  "GET /v1/openapi.json": { summary: "This document", responses: { 200: { description: "OpenAPI 3.1" } } },
  "GET /healthz": { summary: "Whether the function runs", responses: { 200: { description: "ok" } } },
} as const;

/** One description for every route: a route without one does not compile. */
function descriptions(): Readonly<Record<Described, Description>> {
  return {
    "POST /v1/certificates": {
      summary: "A first certificate for a bootstrap token; or a node's serving certificate, for its client certificate",
      description:
        "`proof`: in place of the token, as for a renewal, by the key of the node's client certificate. It needs the claim `request`.",
      security: [{ bootstrapToken: [] }, { clientCertificate: [] }, {}],
      requestBody: jsonBodyOf(signingRequestSchema),
      responses: {
        200: issued("This request was answered before: the same certificate"),
        201: issued("Issued"),
        202: PENDING,
        default: PROBLEM,
      },
    },
    "GET /v1/certificates/{name}": {
      summary: "The state of an own request; what was approved since is signed now",
      security: [{ bootstrapToken: [] }, { clientCertificate: [] }],
      responses: { 200: issued("Issued"), 202: PENDING, default: PROBLEM },
    },
    "POST /v1/certificates/{name}/confirmation": {
      summary: "The certificate is safely on the node's disk; its predecessor is superseded for good",
      security: [{ clientCertificate: [] }, {}],
      requestBody: {
        content: {
          "application/json": {
            schema: {
              type: "object",
              properties: { proof: { type: "string" }, trustBundleSequence: { type: "integer", minimum: 0 } },
            },
          },
        },
      },
      responses: { 204: { description: "Confirmed" }, default: PROBLEM },
    },
    "GET /v1/certificates/{name}/renewal-window": {
      summary: "When to renew, as things are now; ask again after Retry-After. Whoever knows the name may ask",
      responses: {
        200: {
          description: "The window, and the sequence of the trust bundle",
          headers: { ...ABOUT_CERTIFICATE, ...headers("Retry-After") },
          content: { "application/json": { schema: { $ref: "#/components/schemas/RenewalWindow" } } },
        },
        default: PROBLEM,
      },
    },
    "POST /v1/certificates/renew": {
      summary: "The next certificate for the holder of the current one",
      description:
        "`proof`: a compact JWS by the current certificate's key, with the claims `aud`, `iat`, `exp`, `jti`, `csr_sha256` and `request`. `request` is an object with every other member of this body (`signerName`, `usages`, `expirationSeconds`, `trustBundleSequence`) exactly as it is here, and with no member that is not here.",
      security: [{ clientCertificate: [] }, {}],
      requestBody: jsonBodyOf(renewalRequestSchema),
      responses: {
        200: issued("This request was answered before: the same certificate"),
        201: issued("Issued"),
        202: PENDING,
        default: PROBLEM,
      },
    },
    "GET /v1/discovery/{tokenId}": {
      summary: "The CA certificates to trust, signed with a key of the bootstrap token: ask before the token is sent",
      parameters: [NONCE],
      responses: {
        200: {
          description: "PEM",
          headers: headers("Nodeseal-Trust-Bundle", "Nodeseal-Discovery", "Nodeseal-Time"),
          content: { "application/x-pem-file": {} },
        },
        default: PROBLEM,
      },
    },
    ...PLAIN_ROUTES,
  };
}

const SCHEMAS = {
  Certificate: {
    type: "object",
    properties: {
      name: { type: "string" },
      state: { const: "Issued" },
      certificate: { type: "string", description: "PEM chain, leaf first, without the root" },
      serialNumber: { type: "string", pattern: "^[0-9a-f]{32}$" },
      notBefore: { type: "string", format: "date-time" },
      notAfter: { type: "string", format: "date-time" },
      renewAfter: { type: "string", format: "date-time" },
      renewBefore: { type: "string", format: "date-time" },
      trustBundleSequence: { type: "integer" },
    },
  },
  RenewalWindow: {
    type: "object",
    properties: {
      renewAfter: { type: "string", format: "date-time" },
      renewBefore: { type: "string", format: "date-time" },
      reason: { enum: RENEWAL_REASONS, description: "Why it is not what was said at issue" },
      trustBundleSequence: { type: "integer" },
    },
  },
  Pending: { type: "object", properties: { name: { type: "string" }, state: { const: "Pending" } } },
  Problem: {
    type: "object",
    required: ["type", "title", "status", "code"],
    properties: {
      type: { type: "string" },
      title: { type: "string" },
      status: { type: "integer" },
      detail: { type: "string" },
      code: { type: "string" },
      rule: { type: "string" },
      field: { type: "string" },
    },
  },
};

/**
 * The document at `/v1/openapi.json`, made from the route table and the schemas that check requests. What is served is
 * `open-api.json`, which a test holds to this: turning schemas into JSON would cost the function 20 KiB.
 */
export function openApi(): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  const described = descriptions();
  for (const { routeKey } of routes) {
    if (routeKey === "$default") continue;
    const [method = "", path = ""] = routeKey.split(" ");
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: "path",
      required: true,
      schema: { type: "string" },
    }));
    const { parameters: others = [], ...description } = described[routeKey];
    const parameters = [...inPath, ...others];
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: { ...description, ...(parameters.length === 0 ? {} : { parameters }) },
    };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Nodeseal node API", version: "1", license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    paths,
    components: {
      schemas: SCHEMAS,
      headers: HEADERS,
      securitySchemes: {
        bootstrapToken: { type: "http", scheme: "bearer", description: "<token-id>.<token-secret>" },
        clientCertificate: { type: "mutualTLS" },
      },
    },
  };
}

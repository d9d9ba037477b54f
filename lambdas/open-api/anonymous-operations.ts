import { TRUST_CONSUMERS } from "../../core/authority/trust-consumer.ts";
import { DISCOVERY_NONCE } from "../../core/token/discovery.ts";
import { headers } from "./headers.ts";
import { contentOf, inPath, inQuery, jsonAnswer, NOBODY, OCTETS, TEXT } from "./operation.ts";

const IF_NONE_MATCH = {
  name: "If-None-Match",
  in: "header",
  description: "The `ETag` of what the caller has",
  schema: { type: "string" },
} as const;

const IMMUTABLE_FOR_NOW = headers("ETag", "Cache-Control");
const REVOCATION_LIST = {
  security: NOBODY,
  answers: {
    200: {
      description: "A DER CRL (RFC 5280 section 5)",
      headers: { ...IMMUTABLE_FOR_NOW, ...headers("Last-Modified") },
      content: { "application/pkix-crl": OCTETS },
    },
    304: { description: "The caller has it", headers: IMMUTABLE_FOR_NOW },
  },
  refusals: ["not_found"],
} as const;
const AUTHORITY_ID = inPath("authorityId", "Of the issuing CA, such as `issuing-g1`");
const OCSP_ANSWER = {
  200: {
    description: "An OCSPResponse; its own failures, too",
    headers: headers("Cache-Control"),
    content: { "application/ocsp-response": OCTETS },
  },
};

/** What nobody has to prove anything for. */
export const ANONYMOUS = {
  "GET /v1/discovery/{tokenId}": {
    operationId: "discover",
    summary: "The trust bundle, signed with a key of the bootstrap token",
    description: "An agent asks before it sends its token: whoever answers must know the token.",
    security: NOBODY,
    parameters: [
      inPath("tokenId", "The public part of the token", { type: "string", pattern: "^[a-z0-9]{6}$" }),
      { ...inQuery("nonce", "The caller's own", { type: "string", pattern: DISCOVERY_NONCE.source }), required: true },
    ],
    answers: {
      200: {
        description: "PEM",
        headers: headers("Nodeseal-Trust-Bundle", "Nodeseal-Discovery", "Nodeseal-Time"),
        content: { "application/x-pem-file": TEXT },
      },
    },
    refusals: ["malformed_request", "invalid_token"],
  },
  "GET /v1/trust-bundle": {
    operationId: "getTrustBundle",
    summary: "The CA certificates to trust",
    security: NOBODY,
    parameters: [
      inQuery("for", "What one kind of program must be given; without it, all", { enum: TRUST_CONSUMERS }),
      inQuery("without", "Leaves out CAs that sign no more", { enum: ["retiring"] }),
      IF_NONE_MATCH,
    ],
    answers: {
      200: {
        description: "PEM; JSON where `Accept` names it",
        headers: { ...IMMUTABLE_FOR_NOW, ...headers("Nodeseal-Trust-Bundle", "Vary") },
        content: { "application/x-pem-file": TEXT, "application/json": contentOf("TrustBundle") },
      },
      304: {
        description: "The caller has it",
        headers: { ...IMMUTABLE_FOR_NOW, ...headers("Nodeseal-Trust-Bundle", "Vary") },
      },
    },
    refusals: ["malformed_request"],
  },
  "GET /v1/crl/{authorityId}": {
    operationId: "getRevocationList",
    summary: "All revoked certificates of a CA",
    parameters: [AUTHORITY_ID, IF_NONE_MATCH],
    ...REVOCATION_LIST,
  },
  "GET /v1/crl/{authorityId}/{shard}": {
    operationId: "getRevocationListShard",
    summary: "The revoked certificates of a CA whose serial numbers begin with these digits",
    parameters: [
      AUTHORITY_ID,
      inPath("shard", "One or two hexadecimal digits", { type: "string", pattern: "^[0-9a-f]{1,2}$" }),
      IF_NONE_MATCH,
    ],
    ...REVOCATION_LIST,
  },
  "GET /v1/revoked-certificates": {
    operationId: "getRevokedCertificates",
    summary: "The revoked client certificates that have not expired, of all CAs, by their SHA-256",
    description:
      "As kube-apiserver knows them: `authentication.kubernetes.io/credential-id` is `X509SHA256=` and this.",
    security: NOBODY,
    parameters: [IF_NONE_MATCH],
    answers: {
      200: jsonAnswer("At most two seconds old", "RevokedCertificates", IMMUTABLE_FOR_NOW),
      304: { description: "The caller has it", headers: IMMUTABLE_FOR_NOW },
    },
    refusals: ["not_found", "too_large"],
  },
  "POST /v1/ocsp": {
    operationId: "askOcsp",
    summary: "Whether certificates are revoked (RFC 6960)",
    security: NOBODY,
    requestBody: { required: true, content: { "application/ocsp-request": OCTETS } },
    answers: OCSP_ANSWER,
    refusals: ["malformed_request", "too_large", "unsupported_media_type", "not_found"],
  },
  "GET /v1/ocsp/{request+}": {
    operationId: "askOcspByPath",
    summary: "The same, with the request in base64 as the rest of the path",
    security: NOBODY,
    parameters: [inPath("request", "DER in base64. It may hold slashes, escaped or not")],
    answers: OCSP_ANSWER,
    refusals: ["not_found", "too_large"],
  },
  "GET /v1/openapi.json": {
    operationId: "getOpenApi",
    summary: "The part of this document that nodes need",
    security: NOBODY,
    answers: { 200: jsonAnswer("OpenAPI 3.1", "OpenApi", headers("Cache-Control")) },
    refusals: [],
  },
  "GET /healthz": {
    operationId: "getHealth",
    summary: "Whether the function runs",
    security: NOBODY,
    answers: { 200: { description: "`ok`", content: { "text/plain": TEXT } } },
    refusals: [],
  },
} as const;

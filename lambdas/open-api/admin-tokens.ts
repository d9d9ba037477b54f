import type { AdminApiRouteKey } from "../admin-api/routes.ts";
import { CERTIFICATE_STATES, revocationSchema } from "../admin-api/certificates.ts";
import { approvalSchema, REQUEST_STATES } from "../admin-api/requests.ts";
import { tokenSchema } from "../admin-api/tokens.ts";
import { BY_BODY, IAM, PAGE } from "./admin-parts.ts";
import { inPath, inQuery, jsonAnswer, jsonBody, type Description } from "./operation.ts";

type Operations<Prefix extends string> = Readonly<
  Record<Extract<AdminApiRouteKey, `${string} ${Prefix}${string}`>, Description>
>;

const TOKEN_ID = inPath("id", "The public part of the token", { type: "string", pattern: "^[a-z0-9]{6}$" });
const REQUEST_NAME = inPath("name", "Of the request");
const SERIAL_NUMBER = inPath("serialNumber", "Hexadecimal, as any program prints it");

export const TOKENS: Operations<"/v1/admin/tokens"> = {
  "POST /v1/admin/tokens": {
    operationId: "createToken",
    summary: "Make a bootstrap token, or up to 100 alike",
    security: IAM,
    requestBody: jsonBody(tokenSchema, {
      groups: { description: "`system:bootstrappers:kubeadm:default-node-token` unless said" },
      ttlSeconds: { description: "A day unless said; 0 never expires" },
      expiration: { format: "date-time", description: "In place of `ttlSeconds`" },
      maxUses: { maximum: 1000, description: "How many keys may be certified; any number unless said" },
      nodeNames: { description: "Exact names, or patterns with `*`, of at most 52 characters" },
      usages: { description: "Both unless said" },
      sourceCidrs: { description: "Networks that it may be used from" },
      allowReplace: { description: "Whether it may take a live node's name" },
      count: { description: "Above 1, the answer has `items`" },
    }),
    answers: { 201: jsonAnswer("Made. The secret is in this answer alone", "CreatedToken") },
    refusals: [...BY_BODY, "denied_by_policy"],
  },
  "GET /v1/admin/tokens": {
    operationId: "listTokens",
    summary: "Tokens, without their secrets",
    security: IAM,
    parameters: PAGE,
    answers: { 200: jsonAnswer("A page", "TokenList") },
    refusals: ["malformed_request"],
  },
  "GET /v1/admin/tokens/{id}": {
    operationId: "getToken",
    summary: "One token",
    security: IAM,
    parameters: [TOKEN_ID],
    answers: { 200: jsonAnswer("The token, without its secret", "Token") },
    refusals: ["not_found"],
  },
  "DELETE /v1/admin/tokens/{id}": {
    operationId: "revokeToken",
    summary: "Revoke a token. Certificates that were made with it stay",
    security: IAM,
    parameters: [TOKEN_ID],
    answers: { 204: { description: "Revoked" } },
    refusals: ["not_found"],
  },
};

export const REQUESTS: Operations<"/v1/admin/requests"> = {
  "GET /v1/admin/requests": {
    operationId: "listRequests",
    summary: "Requests that wait for approval, or were decided",
    security: IAM,
    parameters: [inQuery("state", "Without it, all that is not signed", { enum: REQUEST_STATES }), ...PAGE],
    answers: { 200: jsonAnswer("A page, oldest first", "CertificateRequestList") },
    refusals: ["malformed_request"],
  },
  "GET /v1/admin/requests/{name}": {
    operationId: "getRequest",
    summary: "One request, with its CSR",
    security: IAM,
    parameters: [REQUEST_NAME],
    answers: { 200: jsonAnswer("The request", "CertificateRequest") },
    refusals: ["not_found"],
  },
  "POST /v1/admin/requests/{name}/approval": {
    operationId: "decideRequest",
    summary: "Approve or deny. What is approved is signed when its owner next asks",
    security: IAM,
    parameters: [REQUEST_NAME],
    requestBody: jsonBody(approvalSchema, {
      replace: { description: "Beside an approval: its name may be taken from a live certificate with another key" },
    }),
    answers: { 200: jsonAnswer("Decided", "CertificateRequest") },
    refusals: [
      ...BY_BODY,
      "denied_by_policy",
      "certificate_revoked",
      "certificate_superseded",
      "certificate_unknown",
      "outside_token",
      "not_found",
      "already_decided",
      "node_name_taken",
      "token_spent",
      "request_voided",
      "request_in_progress",
    ],
  },
};

export const CERTIFICATES: Operations<"/v1/admin/certificates"> = {
  "GET /v1/admin/certificates": {
    operationId: "listCertificates",
    summary: "Certificates, by the day they end",
    security: IAM,
    parameters: [
      inQuery("node", "Of this name", { type: "string", minLength: 1, maxLength: 253 }),
      inQuery("token", "By the token of this id", { type: "string", pattern: "^[a-z0-9]{6}$" }),
      inQuery("state", "In this state", { enum: CERTIFICATE_STATES }),
      inQuery("expiresBefore", "That end before", { type: "string", format: "date-time" }),
      ...PAGE,
    ],
    answers: { 200: jsonAnswer("A page", "CertificateList") },
    refusals: ["malformed_request"],
  },
  "GET /v1/admin/certificates/{serialNumber}": {
    operationId: "getCertificateRecord",
    summary: "One certificate, with its chain",
    security: IAM,
    parameters: [SERIAL_NUMBER],
    answers: { 200: jsonAnswer("The certificate", "CertificateRecord") },
    refusals: ["not_found"],
  },
  "POST /v1/admin/certificates/{serialNumber}/revocation": {
    operationId: "revokeCertificate",
    summary: "Revoke one certificate, from the next request on",
    security: IAM,
    parameters: [SERIAL_NUMBER],
    requestBody: jsonBody(revocationSchema),
    answers: { 200: jsonAnswer("Revoked", "CertificateRecord") },
    refusals: [...BY_BODY, "not_found", "request_in_progress"],
  },
};

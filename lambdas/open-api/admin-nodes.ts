import { SIGNER_NAMES } from "../../core/certificate/profile.ts";
import { NODE_STATES } from "../../core/revocation/revoke.ts";
import type { RefusalCode } from "../../core/refusal.ts";
import { recoverySchema, renewalSchema, revocationSchema } from "../admin-api/nodes.ts";
import type { AdminApiRouteKey } from "../admin-api/routes.ts";
import { BY_BODY, IAM, PAGE } from "./admin-parts.ts";
import { inPath, inQuery, jsonAnswer, jsonBody, type Description } from "./operation.ts";

const SIGNER = inQuery("signerName", "This signer alone; without it, all", { enum: SIGNER_NAMES });
const NODE = [inPath("name", "Of the node"), SIGNER];
const ACTED = { 200: jsonAnswer("The node as it is now", "Node") };
const BY_NAME: readonly RefusalCode[] = ["malformed_request", "not_found", "request_in_progress"];

type NodeRoute = Extract<AdminApiRouteKey, `${string} /v1/admin/nodes${string}`>;

export const NODES: Readonly<Record<NodeRoute, Description>> = {
  "GET /v1/admin/nodes": {
    operationId: "listNodes",
    summary: "Nodes by name, one item for each signer; overdue ones by the day their certificates end",
    security: IAM,
    parameters: [
      inQuery("overdue", "Those that should have renewed and did not", { const: "true" }),
      inQuery("unknown", "Those that used a certificate which is not on record", { const: "true" }),
      SIGNER,
      inQuery("state", "In this state", { enum: NODE_STATES }),
      inQuery("authority", "Whose certificate this CA issued"),
      ...PAGE,
    ],
    answers: { 200: jsonAnswer("A page", "NodeList") },
    refusals: ["malformed_request"],
  },
  "GET /v1/admin/nodes/{name}": {
    operationId: "getNode",
    summary: "One name, with all its signers",
    security: IAM,
    parameters: NODE,
    answers: { 200: jsonAnswer("The node", "Node") },
    refusals: ["malformed_request", "not_found"],
  },
  "POST /v1/admin/nodes/{name}/release": {
    operationId: "releaseNode",
    summary: "Let another key have the name",
    security: IAM,
    parameters: NODE,
    answers: ACTED,
    refusals: BY_NAME,
  },
  "POST /v1/admin/nodes/{name}/revocation": {
    operationId: "revokeNode",
    summary: "Revoke every certificate of the name, from the next request on",
    security: IAM,
    parameters: NODE,
    requestBody: jsonBody(revocationSchema, { cursor: { description: "Of the answer before, while there is more" } }),
    answers: ACTED,
    refusals: [...BY_BODY, ...BY_NAME],
  },
  "POST /v1/admin/nodes/{name}/recovery": {
    operationId: "allowRecovery",
    summary: "Let the node renew with its expired certificate",
    security: IAM,
    parameters: NODE,
    requestBody: jsonBody(recoverySchema),
    answers: ACTED,
    refusals: [...BY_BODY, ...BY_NAME, "certificate_revoked", "certificate_superseded", "request_voided"],
  },
  "POST /v1/admin/nodes/{name}/renewal": {
    operationId: "requestRenewal",
    summary: "Have its certificate and key replaced early",
    security: IAM,
    parameters: NODE,
    requestBody: jsonBody(renewalSchema),
    answers: ACTED,
    refusals: [...BY_BODY, ...BY_NAME, "certificate_revoked", "request_voided"],
  },
};

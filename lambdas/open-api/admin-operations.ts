import { simulationSchema } from "../../core/policy/simulation-request.ts";
import type { RefusalCode } from "../../core/refusal.ts";
import { preparationSchema, stepSchema } from "../admin-api/authorities.ts";
import { openingSchema } from "../admin-api/recovery-admission.ts";
import type { AdminApiRouteKey } from "../admin-api/routes.ts";
import { SIGNATURES_OF } from "../admin-api/signatures.ts";
import { NODES } from "./admin-nodes.ts";
import { CERTIFICATES, REQUESTS, TOKENS } from "./admin-tokens.ts";
import { BY_BODY, IAM, PAGE } from "./admin-parts.ts";
import { inPath, inQuery, jsonAnswer, jsonBody, type Description } from "./operation.ts";

const TIME = { format: "date-time" };

const CHANGE: readonly RefusalCode[] = [...BY_BODY, "malformed_request", "not_found", "request_in_progress"];
const CHANGE_ASKED = { 202: jsonAnswer("Asked: the next reconciliation decides", "ChangeRequest") };
const AUTHORITY_ID = inPath("id", "Of the CA, such as `issuing-g1`");
const WITHDRAWAL = {
  security: IAM,
  parameters: [inPath("number", "Of the change request", { type: "string", pattern: "^[1-9][0-9]{0,8}$" })],
  answers: { 204: { description: "Withdrawn" } },
  refusals: ["not_found", "malformed_request", "request_in_progress"],
} as const;

const AUTHORITIES = {
  "GET /v1/admin/authorities": {
    operationId: "listAuthorities",
    summary: "CA generations, what is asked to become of them, and what an external CA is asked to certify",
    security: IAM,
    answers: { 200: jsonAnswer("All of them", "AuthorityList") },
    refusals: [],
  },
  "POST /v1/admin/authorities": {
    operationId: "prepareAuthority",
    summary: "Prepare the next generation of a CA, whose key the deployment has made",
    security: IAM,
    requestBody: jsonBody(preparationSchema, undefined, false),
    answers: CHANGE_ASKED,
    refusals: CHANGE,
  },
  "POST /v1/admin/authorities/{id}/activate": {
    operationId: "activateAuthority",
    summary: "Have a prepared CA sign from now on",
    security: IAM,
    parameters: [AUTHORITY_ID],
    requestBody: jsonBody(
      stepSchema,
      { force: { description: "Without waiting for nodes that lack the bundle" } },
      false,
    ),
    answers: CHANGE_ASKED,
    refusals: CHANGE,
  },
  "POST /v1/admin/authorities/{id}/retire": {
    operationId: "retireAuthority",
    summary: "Take a CA out of the trust bundle, once nobody uses its certificates",
    security: IAM,
    parameters: [AUTHORITY_ID],
    requestBody: jsonBody(
      stepSchema,
      { force: { description: "Certificates that are in use stop working at once" } },
      false,
    ),
    answers: CHANGE_ASKED,
    refusals: CHANGE,
  },
  "DELETE /v1/admin/authorities/change-requests/{number}": {
    operationId: "withdrawChangeRequest",
    summary: "Take back what was asked of a CA and is not done",
    ...WITHDRAWAL,
  },
  "DELETE /v1/admin/authorities/wishes/{number}": {
    operationId: "withdrawWish",
    summary: "The same by its name until 0.1; it goes with 0.3",
    isDeprecated: true,
    ...WITHDRAWAL,
  },
} as const;

const RECOVERY = {
  "GET /v1/admin/recovery-admission": {
    operationId: "getRecoveryAdmission",
    summary: "Which certificates that are not on record, or whose CA was retired, are admitted",
    security: IAM,
    answers: { 200: jsonAnswer("As it is now", "RecoveryAdmission") },
    refusals: [],
  },
  "POST /v1/admin/recovery-admission": {
    operationId: "openRecoveryAdmission",
    summary: "After a restore, or after a CA was retired by mistake: let nodes come back by their next renewal",
    description: "Either `issuedAfter` (a restore) or `authorityIds` (retired CAs).",
    security: IAM,
    requestBody: jsonBody(openingSchema, {
      issuedAfter: { ...TIME, description: "The restore point" },
      authorityIds: { description: "Issuing CAs that were retired" },
      until: { ...TIME, description: "Or `ttlSeconds`" },
      ttlSeconds: { description: "8 days unless said, 30 at most" },
      except: { description: "Names that are not admitted" },
    }),
    answers: { 200: jsonAnswer("Open", "RecoveryAdmission") },
    refusals: [...BY_BODY, "malformed_request", "already_decided", "request_in_progress"],
  },
  "DELETE /v1/admin/recovery-admission": {
    operationId: "endRecoveryAdmission",
    summary: "End it now",
    security: IAM,
    answers: { 204: { description: "None is open" } },
    refusals: ["not_found", "request_in_progress"],
  },
} as const;

/** One description for every route: a route without one does not compile. */
export const ADMIN_OPERATIONS: Readonly<Record<AdminApiRouteKey, Description>> = {
  ...TOKENS,
  ...REQUESTS,
  ...CERTIFICATES,
  ...NODES,
  ...RECOVERY,
  ...AUTHORITIES,
  "GET /v1/admin/policy": {
    operationId: "getPolicy",
    summary: "The policy in force, with every default filled in",
    security: IAM,
    answers: { 200: jsonAnswer("The policy", "Policy") },
    refusals: [],
  },
  "GET /v1/admin/signatures": {
    operationId: "listSignatures",
    summary: "What the CA keys signed, with the key service's request ids: to be compared with CloudTrail",
    description:
      "Of nodes: certificates by the day they end. Of the service: revocation lists, CA certificates and requests, OCSP responders, a page for each day.",
    security: IAM,
    parameters: [
      {
        ...inQuery("of", "Of nodes' certificates, or of what the service signs for itself", { enum: SIGNATURES_OF }),
        required: true,
      },
      { ...inQuery("signedFrom", "At the earliest", { type: "string", ...TIME }), required: true },
      { ...inQuery("signedUntil", "At the latest", { type: "string", ...TIME }), required: true },
      ...PAGE,
    ],
    answers: { 200: jsonAnswer("A page", "SignatureList") },
    refusals: ["malformed_request"],
  },
  "GET /v1/admin/whoami": {
    operationId: "whoami",
    summary: "Whom the service takes you for, and its clock",
    security: IAM,
    answers: { 200: jsonAnswer("The principal", "Whoami") },
    refusals: [],
  },
  "POST /v1/admin/policy/simulation": {
    operationId: "simulatePolicy",
    summary: "What policy would say to a request. Nothing is written",
    description: "Exactly one of `csr`, `nodeName` and `subject`; in `identity` either `groups` or `tokenId`.",
    security: IAM,
    requestBody: jsonBody(simulationSchema),
    answers: { 200: jsonAnswer("The decision", "Simulation") },
    refusals: [...BY_BODY, "malformed_request", "bad_csr", "weak_key", "not_found"],
  },
};

import { USAGE_NAMES } from "../../core/certificate/key-usage.ts";
import { SIGNER_NAMES } from "../../core/certificate/profile.ts";
import type { RefusalCode } from "../../core/refusal.ts";
import type { NodeApiRouteKey } from "../node-api/routes.ts";
import { confirmationSchema, renewalRequestSchema, signingRequestSchema } from "../node-api/request/signing-request.ts";
import { ANONYMOUS } from "./anonymous-operations.ts";
import { headers } from "./headers.ts";
import {
  contentOf,
  inPath,
  inQuery,
  jsonAnswer,
  jsonBody,
  NOBODY,
  OCTETS,
  TEXT,
  type Answer,
  type Description,
} from "./operation.ts";

const BY_TOKEN = { bootstrapToken: [] };
const BY_CERTIFICATE = { clientCertificate: [] };

const REQUEST_NAME = inPath("name", "`name` of the request, as it was answered");
const TIMES = headers("Nodeseal-Renew-After", "Nodeseal-Renew-Before", "Nodeseal-Renew-After-Seconds");
const ABOUT_CERTIFICATE = { ...headers("Nodeseal-Next", "Nodeseal-Time", "Nodeseal-Trust-Bundle"), ...TIMES };

const pending: Answer = jsonAnswer(
  "It waits for approval: ask at `Location` after `Retry-After` seconds",
  "Pending",
  headers("Location", "Nodeseal-Next", "Nodeseal-Request", "Nodeseal-Time", "Retry-After"),
);
const issued = (description: string): Answer => ({
  description,
  headers: { ...headers("Nodeseal-Request"), ...ABOUT_CERTIFICATE },
  content: { "application/json": contentOf("Certificate"), "application/pem-certificate-chain": TEXT },
});
const ISSUED = {
  200: issued("This request was answered before: the same certificate"),
  201: issued("Issued"),
  202: pending,
};

const BY_BODY: readonly RefusalCode[] = ["malformed_request", "too_large", "unsupported_media_type"];
const BY_POLICY: readonly RefusalCode[] = ["denied_by_policy", "outside_token", "request_denied"];
/** Of whoever shows a certificate. */
const BY_HOLDER: readonly RefusalCode[] = [
  "invalid_client_certificate",
  "invalid_proof",
  "certificate_revoked",
  "certificate_superseded",
  "certificate_unknown",
];
const BY_ISSUANCE: readonly RefusalCode[] = [
  ...BY_BODY,
  ...BY_POLICY,
  ...BY_HOLDER,
  "bad_csr",
  "weak_key",
  "node_name_taken",
  "token_spent",
  "request_voided",
  "request_in_progress",
  "signer_busy",
];

/** Of whoever shows an identity token. */
const BY_EVIDENCE: readonly RefusalCode[] = ["invalid_evidence", "identity_provider_unavailable"];

/** Beside a CSR that is the body itself. In JSON they are members of the body, and the query is empty. */
const SIGNING_QUERY = [
  inQuery("signerName", "Beside DER or PEM; in JSON a member of the body", { enum: SIGNER_NAMES }),
  {
    ...inQuery("usages", "The same, separated by commas", {
      type: "array",
      items: { enum: USAGE_NAMES },
      minItems: 1,
      uniqueItems: true,
    }),
    style: "form",
    explode: false,
  } as const,
  inQuery("expirationSeconds", "The same", { type: "integer", minimum: 600, maximum: 2 ** 31 - 1 }),
];
const MEMBERS = {
  csr: { description: "PKCS#10 in PEM" },
  signerName: { description: "`kubernetes.io/kube-apiserver-client-kubelet` unless said" },
  usages: { description: "The signer's own unless said" },
  expirationSeconds: { description: "Clamped to what policy allows, and to the CA's end" },
  proof: { description: "A compact JWS by the key of the current certificate, in place of mutual TLS" },
};

/** One description for every route: a route without one does not compile. */
export const NODE_OPERATIONS: Readonly<Record<Exclude<NodeApiRouteKey, "$default">, Description>> = {
  "POST /v1/certificates": {
    operationId: "createCertificate",
    summary:
      "A first certificate for a bootstrap token or an identity token; or a node's serving certificate, for its client certificate",
    description:
      "The same key, signer and usages get the same certificate again. `proof` stands in place of the token, for serving certificates. An identity token is a JWT of an issuer that policy believes, as bearer token.",
    security: [BY_TOKEN, BY_CERTIFICATE, ...NOBODY],
    parameters: SIGNING_QUERY,
    requestBody: {
      ...jsonBody(signingRequestSchema, MEMBERS),
      content: {
        ...jsonBody(signingRequestSchema, MEMBERS).content,
        "application/pkcs10": OCTETS,
        "application/x-pem-file": TEXT,
      },
    },
    answers: ISSUED,
    refusals: [...BY_ISSUANCE, "invalid_token", ...BY_EVIDENCE],
  },
  "GET /v1/certificates/{name}": {
    operationId: "getCertificate",
    summary: "The state of an own request; what was approved since is signed now",
    security: [BY_TOKEN, BY_CERTIFICATE],
    parameters: [REQUEST_NAME],
    answers: { 200: issued("Issued"), 202: pending },
    refusals: [...BY_ISSUANCE.filter((code) => !BY_BODY.includes(code)), "invalid_token", "not_found"],
  },
  "POST /v1/certificates/{name}/confirmation": {
    operationId: "confirmCertificate",
    summary: "The certificate is safely on the node's disk; its predecessor is superseded for good",
    security: [BY_CERTIFICATE, ...NOBODY],
    parameters: [REQUEST_NAME],
    requestBody: jsonBody(
      confirmationSchema,
      { proof: MEMBERS.proof, trustBundleSequence: { description: "Of the trust bundle that the node holds" } },
      false,
    ),
    answers: { 204: { description: "Confirmed", headers: headers("Nodeseal-Time") } },
    refusals: [...BY_BODY, ...BY_HOLDER, "not_found", "request_voided", "request_in_progress"],
  },
  "GET /v1/certificates/{name}/renewal-window": {
    operationId: "getRenewalWindow",
    summary: "When to renew, as things are now. Whoever knows the name may ask",
    security: NOBODY,
    parameters: [REQUEST_NAME],
    answers: {
      200: jsonAnswer("Ask again after `Retry-After` seconds", "RenewalWindow", {
        ...ABOUT_CERTIFICATE,
        ...headers("Retry-After"),
      }),
    },
    refusals: ["not_found"],
  },
  "POST /v1/certificates/renew": {
    operationId: "renewCertificate",
    summary: "The next certificate for the holder of the current one",
    description:
      "`proof` has the claims `aud`, `iat`, `exp`, `jti`, `csr_sha256` and `request`: an object with every other member of this body exactly as it is here, and with no member that is not here.",
    security: [BY_CERTIFICATE, ...NOBODY],
    requestBody: jsonBody(renewalRequestSchema, {
      ...MEMBERS,
      trustBundleSequence: { description: "Of the trust bundle that the node holds" },
    }),
    answers: ISSUED,
    refusals: [...BY_ISSUANCE, "certificate_expired"],
  },
  ...ANONYMOUS,
};

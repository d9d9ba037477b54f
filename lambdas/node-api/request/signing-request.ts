import type { AgentReport } from "../../../core/ledger/node-record.ts";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import {
  parseCertificateRequest,
  parseCertificateRequestPem,
  type CertificateRequest,
} from "../../../core/csr/certificate-request.ts";
import type { SigningParameters } from "../../../core/policy/decision.ts";
import { KUBELET_CLIENT_SIGNER } from "../../../core/certificate/profile.ts";
import { checked } from "../../../core/input/schema.ts";
import { SIGNING_PARAMETER_MEMBERS } from "../../../core/policy/signing-parameters.ts";
import { bodyOf, jsonBody, mediaType, queryOf, unsupportedMediaType, wholeNumber } from "../../http/request.ts";

/** A CSR and what comes beside it, in any of the three forms a body may have. */
export interface SigningRequest {
  /** Parsing is put off: what is wrong with a CSR is told only to a caller who may ask at all. */
  readonly csr: () => CertificateRequest;
  readonly parameters: SigningParameters;
  /** In place of a token: by the client certificate of a node, for its serving certificate. */
  readonly proof?: string | undefined;
  /** All that is asked for beside the CSR, as it is in the body: a proof vouches for it. */
  readonly asked: Readonly<Record<string, unknown>>;
}

export const signingRequestSchema = z.strictObject({
  csr: z.string(),
  ...SIGNING_PARAMETER_MEMBERS,
  proof: z.optional(z.string()),
});
const parameterSchema = z.strictObject(SIGNING_PARAMETER_MEMBERS);

/** Which trust bundle the node holds, by its own word. */
const trustBundleSequence = z.optional(z.int().check(z.gte(0)));

export const renewalRequestSchema = z.strictObject({
  csr: z.string(),
  ...SIGNING_PARAMETER_MEMBERS,
  trustBundleSequence,
  proof: z.optional(z.string()),
});

export const confirmationSchema = z.strictObject({ proof: z.optional(z.string()), trustBundleSequence });

const PKCS10 = "application/pkcs10";
const PEM = "application/x-pem-file";

/** @throws RefusalError `malformed_request`, `unsupported_media_type`, `too_large` */
export function readSigningRequest(event: APIGatewayProxyEventV2): SigningRequest {
  switch (mediaType(event)) {
    case "application/json": {
      queryOf(event, []);
      const { csr, proof, ...asked } = jsonBody(event, signingRequestSchema);
      const parameters = signingParameters(event, asked);
      return { csr: () => parseCertificateRequestPem(csr), parameters, proof, asked };
    }
    case PKCS10: {
      const der = bodyOf(event);
      return { csr: () => parseCertificateRequest(der), parameters: parametersOfQuery(event), asked: {} };
    }
    case PEM: {
      const pem = bodyOf(event).toString("latin1");
      return { csr: () => parseCertificateRequestPem(pem), parameters: parametersOfQuery(event), asked: {} };
    }
    default:
      throw unsupportedMediaType(event, ["application/json", PKCS10, PEM]);
  }
}

function parametersOfQuery(event: APIGatewayProxyEventV2): SigningParameters {
  const query = queryOf(event, ["signerName", "usages", "expirationSeconds"]);
  const seconds = wholeNumber("expirationSeconds", query.expirationSeconds);
  const parameters = {
    ...(query.signerName === undefined ? {} : { signerName: query.signerName }),
    ...(query.usages === undefined ? {} : { usages: query.usages.split(",") }),
    ...(seconds === undefined ? {} : { expirationSeconds: seconds }),
  };
  return signingParameters(event, checked(parameterSchema, parameters, "the query"));
}

export function signingParameters(
  event: APIGatewayProxyEventV2,
  parameters: z.output<typeof parameterSchema> & { readonly trustBundleSequence?: number | undefined },
): SigningParameters {
  return {
    signerName: parameters.signerName ?? KUBELET_CLIENT_SIGNER,
    usages: parameters.usages,
    lifetimeSeconds: parameters.expirationSeconds,
    sourceIp: event.requestContext.http.sourceIp,
    agent: { version: agentVersion(event), trustBundleSequence: parameters.trustBundleSequence },
  };
}

/** Undefined where nothing is said: what was said before stays. */
export function agentReport(
  event: APIGatewayProxyEventV2,
  said: { readonly trustBundleSequence?: number | undefined },
): AgentReport | undefined {
  const { trustBundleSequence: sequence } = said;
  return sequence === undefined ? undefined : { version: agentVersion(event), trustBundleSequence: sequence };
}

/** `nodeseal-agent/0.1.0` → `0.1.0`; other clients have no version we would know what to do with. */
function agentVersion({ headers }: APIGatewayProxyEventV2): string | undefined {
  return /^nodeseal-agent\/([\w.+-]{1,32})(?: |$)/.exec(headers["user-agent"] ?? "")?.[1];
}

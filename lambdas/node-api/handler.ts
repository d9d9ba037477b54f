import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { authenticateOrAdmit } from "../../core/admission/admit-retired.ts";
import type { PurposeRule } from "../../core/issuance/authenticate-certificate.ts";
import { parseCertificateRequestPem } from "../../core/csr/certificate-request.ts";
import { confirmCertificate } from "../../core/issuance/confirm-certificate.ts";
import { confirmUse } from "../../core/issuance/confirm-use.ts";
import { fetchAttested, isEvidence } from "../../core/issuance/attested/enrol-attested.ts";
import { fetchWithCertificate, fetchWithToken } from "../../core/issuance/fetch-certificate.ts";
import type { IssuanceServices } from "../../core/claim/issuance-services.ts";
import { RefusalError } from "../../core/refusal.ts";
import { renew } from "../../core/issuance/renew.ts";
import { renewalInfo } from "../../core/renewal/renewal-info.ts";
import type { RevocationLists } from "../../core/revocation/list-directory.ts";
import type { RevokedFingerprints } from "../../core/revocation/revoked-fingerprints.ts";
import type { OcspResponder } from "../../core/ocsp/responder.ts";
import { isShard, WHOLE } from "../../core/authority/revocation-shard.ts";
import { discover } from "../../core/token/discover.ts";
import { trustBundleDigest } from "../../core/token/discovery.ts";
import { trustBundlePem } from "../../core/authority/authority.ts";
import type { Edge } from "../http/edge.ts";
import { httpFunction, type Operation } from "../http/http-function.ts";
import { arrivedAt, bearerToken, endpointUrl, jsonBody, pathParameter, queryOf } from "../http/request.ts";
import { empty, json, text } from "../http/response.ts";
import type { Observer } from "../observer.ts";
import type { HttpHandler } from "../http-handler.ts";
import { withTime } from "./agent-headers.ts";
import { authenticateClient, clientCertificatePem } from "./request/client-authentication.ts";
import { firstCertificate } from "./request/first-certificate.ts";
import { certificateAnswer } from "./certificate-answer.ts";
import { isKubernetesPath, kubernetesOperation } from "./kubernetes/facade.ts";
import type { KubernetesOptions } from "./kubernetes/protocol/services.ts";
import openApiDocument from "./open-api.json" with { type: "json" };
import { kubernetesRoutes, watchRoutes } from "./kubernetes/routes.ts";
import { ocspAnswer, ocspRequestInPath, postedOcspRequest } from "./ocsp-answer.ts";
import { renewalWindowAnswer } from "./renewal-window-answer.ts";
import { revocationListAnswer } from "./revocation-list-answer.ts";
import { revokedCertificatesAnswer } from "./revoked-certificates-answer.ts";
import { routes, type NodeApiRouteKey } from "./routes.ts";
import { agentReport, confirmationSchema, renewalRequestSchema, signingParameters } from "./request/signing-request.ts";
import { strayOperation } from "./stray-request.ts";
import { discoveryAnswer, trustBundleAnswer } from "./trust-bundle-answer.ts";

/** Of requests by which no certificate is asked for. */
const NOTHING_ASKED = { csr: undefined, request: {} };
/** A server's certificate is no client's, but its key can vouch for itself. */
const BY_PROOF: PurposeRule = "client or server";

export interface NodeApiServices extends IssuanceServices {
  /** Undefined: there are none. */
  readonly revocationLists?: RevocationLists;
  /** Undefined where there are no lists: what is revoked is taken from them. */
  readonly ocsp?: OcspResponder | undefined;
  /** Undefined where there are no lists. */
  readonly revokedFingerprints?: RevokedFingerprints;
}

/**
 * What nodes call. Pure translation: every decision is the core's.
 *
 * @param kubernetes what Kubernetes' API needs besides; without it there is none here
 * @param edge what may stand in front of the API, and take client certificates where API Gateway cannot
 */
export function nodeApiHandler(
  services: NodeApiServices,
  observer: Observer,
  kubernetes?: KubernetesOptions,
  edge?: Edge,
): HttpHandler {
  const facade =
    kubernetes === undefined
      ? undefined
      : kubernetesOperation(
          { ...services, objects: kubernetes.objects, options: kubernetes, failed: (error) => observer.failed(error) },
          observer,
        );
  const fixed: Readonly<Record<Exclude<NodeApiRouteKey, "$default">, Operation>> = {
    "POST /v1/certificates": async (event) =>
      certificateAnswer(event, await firstCertificate(services, event), 201, services.clock()),
    "GET /v1/certificates/{name}": async (event) => {
      const request = {
        name: pathParameter(event, "name"),
        sourceIp: event.requestContext.http.sourceIp,
        arrivedAt: arrivedAt(event),
      };
      const bearer = bearerToken(event);
      if (clientCertificatePem(event) === undefined || bearer !== undefined) {
        const answer = await (bearer !== undefined && isEvidence(services, bearer)
          ? fetchAttested(services, bearer, request)
          : fetchWithToken(services, bearer, request));
        return certificateAnswer(event, answer, 200, services.clock());
      }
      const directory = await services.issuers();
      const authenticated = authenticateClient(event, undefined, NOTHING_ASKED, directory, services.clock());
      await confirmUse(services, authenticated);
      const answer = await fetchWithCertificate(services, authenticated.identity, directory, request);
      return certificateAnswer(event, answer, 200, services.clock());
    },
    "POST /v1/certificates/{name}/confirmation": (event) => confirmation(services, event),
    "GET /v1/certificates/{name}/renewal-window": async (event) =>
      renewalWindowAnswer(await renewalInfo(services, pathParameter(event, "name")), services.clock()),
    "POST /v1/certificates/renew": (event) => renewal(services, event),
    "GET /v1/discovery/{tokenId}": (event) => discovery(services, event),
    "GET /v1/trust-bundle": async (event) => trustBundleAnswer(event, (await services.issuers()).bundle),
    "GET /v1/crl/{authorityId}": (event) => revocationList(services, event, WHOLE),
    "GET /v1/crl/{authorityId}/{shard}": async (event) => revocationList(services, event, namedShard(event)),
    "GET /v1/revoked-certificates": (event) => revokedCertificates(services, event),
    "POST /v1/ocsp": (event) => ocsp(services, postedOcspRequest(event)),
    "GET /v1/ocsp/{request+}": (event) => ocsp(services, ocspRequestInPath(event)),
    "GET /v1/openapi.json": () =>
      Promise.resolve(json(200, openApiDocument, { "cache-control": "public, max-age=3600" })),
    "GET /healthz": () => Promise.resolve(text(200, "text/plain", "ok")),
  };
  const operations: Readonly<Record<NodeApiRouteKey, Operation>> = {
    ...fixed,
    $default: (event) =>
      facade !== undefined && isKubernetesPath(event.rawPath) ? facade(event) : strayOperation(fixed, routes)(event),
  };
  const kubernetesKeys = facade === undefined ? [] : [...kubernetesRoutes, ...watchRoutes];
  const kubernetesOperations = Object.fromEntries(kubernetesKeys.map(({ routeKey }) => [routeKey, facade]));
  return withTime(httpFunction({ ...operations, ...kubernetesOperations }, observer, edge), services.clock);
}

async function renewal(
  services: NodeApiServices,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { csr: csrPem, proof, ...parameters } = jsonBody(event, renewalRequestSchema);
  const directory = await services.issuers();
  const csr = parseCertificateRequestPem(csrPem);
  const asked = { csr: csr.der, request: parameters };
  const now = services.clock();
  const authenticated = await authenticateOrAdmit(services, directory, (accepted) =>
    authenticateClient(event, proof, asked, accepted, now, "recoverable", BY_PROOF),
  );
  const request = {
    authenticated,
    csr,
    directory,
    arrivedAt: arrivedAt(event),
    parameters: signingParameters(event, parameters),
  };
  return certificateAnswer(event, await renew(services, request), 201, services.clock());
}

/** The whole list has one address, and this is not it. @throws RefusalError `not_found` */
function namedShard(event: APIGatewayProxyEventV2): string {
  const shard = pathParameter(event, "shard");
  if (isShard(shard)) return shard;
  throw new RefusalError("not_found", "a shard of a revocation list has one or two digits, of 0 to 9 and a to f");
}

async function discovery(
  services: NodeApiServices,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { nonce = "" } = queryOf(event, ["nonce"]);
  const { bundle } = await services.issuers();
  const trustBundleSha256 = trustBundleDigest(trustBundlePem(bundle));
  const statement = { tokenId: pathParameter(event, "tokenId"), nonce, url: endpointUrl(event), trustBundleSha256 };
  return discoveryAnswer(bundle, await discover(services, statement));
}

async function confirmation(services: NodeApiServices, event: APIGatewayProxyEventV2) {
  const { proof, ...said } = event.body === undefined ? {} : jsonBody(event, confirmationSchema);
  const asked = { csr: undefined, request: said };
  const [directory, now] = [await services.issuers(), services.clock()];
  const authenticated = authenticateClient(event, proof, asked, directory, now, "refused", BY_PROOF);
  await confirmCertificate(services, pathParameter(event, "name"), authenticated, agentReport(event, said));
  return empty(204);
}

async function ocsp({ ocsp: respond, clock }: NodeApiServices, request: Uint8Array) {
  if (respond === undefined)
    throw new RefusalError("not_found", "this service answers no OCSP: it has no revocation lists");
  return ocspAnswer(await respond(request), clock());
}

async function revokedCertificates(
  { issuers, revokedFingerprints }: NodeApiServices,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  return revokedCertificatesAnswer(event, await revokedFingerprints?.(await issuers()));
}

async function revocationList(
  { issuers, revocationLists, clock }: NodeApiServices,
  event: APIGatewayProxyEventV2,
  shard: string,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { bundle } = await issuers();
  const list = await revocationLists?.(bundle, { authorityId: pathParameter(event, "authorityId"), shard });
  return revocationListAnswer(event, list, clock());
}

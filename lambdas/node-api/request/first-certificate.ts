import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { enrolAttested, isEvidence, verifyEvidence } from "../../../core/issuance/attested/enrol-attested.ts";
import { enrol } from "../../../core/issuance/enrol.ts";
import type { IssuanceAnswer } from "../../../core/issuance/issuance-answer.ts";
import type { IssuanceServices } from "../../../core/claim/issuance-services.ts";
import { issueServingCertificate } from "../../../core/signing-request/serving-certificate.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { arrivedAt, bearerToken } from "../../http/request.ts";
import { authenticateClient, clientCertificatePem } from "./client-authentication.ts";
import { readSigningRequest } from "./signing-request.ts";

/**
 * For a bootstrap token, or an identity token that a platform signed; or for a node that shows its client certificate, for
 * its serving certificate.
 */
export async function firstCertificate(
  services: IssuanceServices,
  event: APIGatewayProxyEventV2,
): Promise<IssuanceAnswer> {
  const { csr: read, parameters, proof, asked } = readSigningRequest(event);
  const token = bearerToken(event);
  if (token !== undefined && proof !== undefined)
    throw new RefusalError("malformed_request", 'give a bearer token or a "proof", not both', { field: "proof" });
  if (token !== undefined && isEvidence(services, token)) {
    // The CSR is parsed for nobody whose token is not good.
    const evidence = await verifyEvidence(services, token);
    return enrolAttested(services, { evidence, csr: read(), parameters, arrivedAt: arrivedAt(event) });
  }
  if (proof === undefined && (token !== undefined || clientCertificatePem(event) === undefined))
    return enrol(services, { token, csr: read, parameters, arrivedAt: arrivedAt(event) });
  const directory = await services.issuers();
  const csr = read();
  const binding = { csr: csr.der, request: asked };
  const authenticated = authenticateClient(event, proof, binding, directory, services.clock());
  return issueServingCertificate(services, { authenticated, csr, parameters, arrivedAt: arrivedAt(event), directory });
}

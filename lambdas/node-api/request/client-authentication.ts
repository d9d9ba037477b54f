import type { APIGatewayProxyEventV2 } from "aws-lambda";
import {
  authenticateCertificate,
  type AuthenticatedCertificate,
  type ExpiryRule,
  type PurposeRule,
} from "../../../core/issuance/authenticate-certificate.ts";
import type { IssuerDirectory } from "../../../core/authority/issuer-directory.ts";
import { parsePem, PemError } from "../../../core/asn1/pem.ts";
import { authenticateProof, type ProofBinding } from "../../../core/issuance/proof-of-possession.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { endpointUrl } from "../../http/request.ts";

/** Of mutual TLS. */
export function clientCertificatePem({ requestContext }: APIGatewayProxyEventV2): string | undefined {
  return requestContext.authentication?.clientCert.clientCertPem;
}

/**
 * By proof if there is one, else by mutual TLS. An expired certificate recovers by proof only: API Gateway ends its TLS
 * handshake, so no such client certificate ever comes here.
 *
 * @throws RefusalError `invalid_proof`, `invalid_client_certificate`
 */
export function authenticateClient(
  event: APIGatewayProxyEventV2,
  proof: string | undefined,
  asked: Omit<ProofBinding, "audience">,
  directory: IssuerDirectory,
  now: Date,
  expiryRule: ExpiryRule = "refused",
  purposeRule: PurposeRule = "client",
): AuthenticatedCertificate {
  if (proof !== undefined)
    return authenticateProof(
      proof,
      { audience: endpointUrl(event), ...asked },
      directory,
      now,
      expiryRule,
      purposeRule,
    );
  const pem = clientCertificatePem(event);
  if (pem === undefined) {
    throw new RefusalError(
      "invalid_client_certificate",
      'a client certificate (mutual TLS) or a "proof" in the body is needed',
    );
  }
  return authenticateCertificate(certificateDer(pem), directory, now, "invalid_client_certificate");
}

function certificateDer(pem: string): Buffer<ArrayBuffer> {
  try {
    return Buffer.from(parsePem(pem, "CERTIFICATE"));
  } catch (cause) {
    if (!(cause instanceof PemError)) throw cause;
    throw new RefusalError("invalid_client_certificate", `the client certificate is not accepted: ${cause.message}`, {
      cause,
    });
  }
}

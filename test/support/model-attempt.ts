import { authenticateCertificate } from "../../core/authenticate-certificate.ts";
import { BOOTSTRAP_USERNAME_PREFIX } from "../../core/bootstrap-token.ts";
import { confirmCertificate } from "../../core/confirm-certificate.ts";
import type { Der } from "../../core/der.ts";
import { enrol } from "../../core/enrol.ts";
import { intentName } from "../../core/intent-name.ts";
import type { IssuanceAnswer } from "../../core/issuance-answer.ts";
import type { IssuanceServices } from "../../core/issuance-services.ts";
import type { IssuerDirectory } from "../../core/issuer-directory.ts";
import { NODE_USERNAME_PREFIX } from "../../core/node-name.ts";
import { renew } from "../../core/renew.ts";
import { releaseNode, revokeNode } from "../../core/revoke.ts";
import type { ModelRequest } from "./model-client.ts";
import { csrOf, enrolmentRequest, PARAMETERS, renewalRequest } from "./node-requests.ts";
import type { IntentFacts } from "./reservation-auditor.ts";

/** Does with the real core what is asked. Only enrolments and renewals have an answer. */
export async function perform(
  services: IssuanceServices,
  directory: IssuerDirectory,
  request: ModelRequest,
  arrivedAt: Date,
): Promise<IssuanceAnswer | undefined> {
  switch (request.kind) {
    case "enrol":
      return enrol(services, enrolmentRequest({ ...request, arrivedAt }));
    case "renew": {
      const { certificate } = request.holding;
      return renew(services, renewalRequest({ ...request, certificate, arrivedAt }, directory, services.clock()));
    }
    case "confirm": {
      const { name, certificate } = request.holding;
      await confirmCertificate(services, name, authenticated(certificate, directory, services.clock()));
      return undefined;
    }
    case "release":
      await releaseNode(services, request.nodeName, "operator");
      return undefined;
    case "revoke":
      await revokeNode(services, request.nodeName, "keyCompromise", "operator");
      return undefined;
  }
}

function authenticated(certificate: Der, directory: IssuerDirectory, now: Date) {
  return authenticateCertificate(certificate, directory, now, "invalid_client_certificate");
}

/** What certificate is asked for, if one is. */
export function intentOf(request: ModelRequest, directory: IssuerDirectory, now: Date): IntentFacts | undefined {
  if (request.kind !== "enrol" && request.kind !== "renew") return undefined;
  const { nodeName, key } = request;
  const isRenewal = request.kind === "renew";
  const name = intentName({
    username: isRenewal ? NODE_USERNAME_PREFIX + nodeName : BOOTSTRAP_USERNAME_PREFIX + request.token.id,
    presentedSerialNumber: isRenewal
      ? authenticated(request.holding.certificate, directory, now).serialNumber
      : undefined,
    csr: csrOf(key, nodeName),
    ...PARAMETERS,
  });
  return {
    name,
    nodeName,
    key,
    presented: isRenewal ? request.holding.name : undefined,
    tokenId: isRenewal ? undefined : request.token.id,
  };
}

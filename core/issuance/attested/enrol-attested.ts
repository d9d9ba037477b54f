import { identify } from "../../attestation/identify.ts";
import { isIdentityToken } from "../../attestation/identity-token.ts";
import type { VerifiedToken } from "../../attestation/verify-token.ts";
import type { IssuanceServices } from "../../claim/issuance-services.ts";
import type { CertificateRequest } from "../../csr/certificate-request.ts";
import { readHolders } from "../../ledger/client-names.ts";
import { intentName } from "../../ledger/intent-name.ts";
import { nodeKey } from "../../ledger/node-record.ts";
import type { SigningParameters } from "../../policy/decision.ts";
import { gradingPauses } from "../busy-pause.ts";
import { fetchOwn, readOwn, type FetchRequest } from "../fetch-certificate.ts";
import type { IssuanceAnswer } from "../issuance-answer.ts";
import { issueCertificate } from "../issue-certificate.ts";
import { reportingDenials } from "../report-denial.ts";

export interface AttestedEnrolment {
  readonly evidence: VerifiedToken;
  readonly csr: CertificateRequest;
  readonly parameters: SigningParameters;
  readonly arrivedAt: Date;
}

/** Whether a bearer token is for an issuer: where none is believed, all are bootstrap tokens. */
export function isEvidence({ identityTokens }: IssuanceServices, bearer: string): boolean {
  return identityTokens !== undefined && isIdentityToken(bearer);
}

/** @throws RefusalError `invalid_evidence`, `identity_provider_unavailable` */
export async function verifyEvidence({ identityTokens }: IssuanceServices, token: string): Promise<VerifiedToken> {
  if (identityTokens === undefined) throw new Error("no identity tokens are believed here");
  return identityTokens.verify(token);
}

/**
 * A first certificate for what a platform vouches for. From the identity on it is as with a bootstrap token, but that no
 * token is read or counted.
 *
 * @throws RefusalError
 */
export async function enrolAttested(
  services: IssuanceServices,
  { evidence, csr, parameters, arrivedAt }: AttestedEnrolment,
): Promise<IssuanceAnswer> {
  const identity = identify(evidence, csr.der, services.policy.identityRules);
  const { username, attested } = identity;
  const { signerName, usages } = parameters;
  const name = intentName({ username, presentedSerialNumber: undefined, csr, signerName, usages });
  const key = attested === undefined ? undefined : nodeKey(attested.name, signerName);
  const [record, holders, directory] = await Promise.all([
    services.ledger.read(name),
    readHolders(services.nodes, key),
    services.issuers(),
  ]);
  const wanted = {
    identity,
    csr,
    parameters,
    intentName: name,
    arrivedAt,
    token: undefined,
    record,
    ...holders,
    directory,
  };
  const caller = { key: name, remainingSeconds: undefined };
  return reportingDenials(services, wanted, () => gradingPauses(caller, () => issueCertificate(services, wanted)));
}

/** An own request. The token may be made for the CSR that the request was made with. @throws RefusalError */
export async function fetchAttested(
  services: IssuanceServices,
  token: string,
  request: FetchRequest,
): Promise<IssuanceAnswer> {
  const evidence = await verifyEvidence(services, token);
  const [record, directory] = await Promise.all([readOwn(services, request.name), services.issuers()]);
  const identity = identify(evidence, record?.csr, services.policy.identityRules);
  return fetchOwn(services, identity, undefined, record, directory, request);
}

import { authenticateToken, presentedToken } from "../token/authenticate-token.ts";
import { BOOTSTRAP_USERNAME_PREFIX } from "../token/bootstrap-token.ts";
import { gradingPauses } from "./busy-pause.ts";
import type { CertificateRequest } from "../csr/certificate-request.ts";
import { requestedName, type SigningParameters } from "../policy/decision.ts";
import type { IssuanceAnswer } from "./issuance-answer.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import { intentName } from "../ledger/intent-name.ts";
import { issueCertificate } from "./issue-certificate.ts";
import { readHolders } from "../ledger/client-names.ts";
import { nodeKey } from "../ledger/node-record.ts";
import { profileOf } from "../certificate/profile.ts";
import { RefusalError } from "../refusal.ts";
import { reportingDenials } from "./report-denial.ts";
import { identityOfToken } from "../token/token-record.ts";

export interface EnrolmentRequest {
  /** What the `Authorization: Bearer` header carries. */
  readonly token: string | undefined;
  /** Reads the CSR; its refusal is told only to a caller whose token is good. */
  readonly csr: () => CertificateRequest;
  readonly parameters: SigningParameters;
  readonly arrivedAt: Date;
}

/**
 * A first certificate for a bootstrap token. The token, the node and the intent's record are read in parallel: one round
 * trip before the decision.
 *
 * @throws RefusalError
 */
export async function enrol(
  services: IssuanceServices,
  { token, csr, parameters, arrivedAt }: EnrolmentRequest,
): Promise<IssuanceAnswer> {
  const presented = presentedToken(token);
  const request = orRefusal(csr);
  if (request instanceof RefusalError) {
    authenticateToken(presented, await services.tokens.read(presented.id), services.clock());
    throw request;
  }
  const { signerName, usages } = parameters;
  const username = BOOTSTRAP_USERNAME_PREFIX + presented.id;
  const name = intentName({ username, presentedSerialNumber: undefined, csr: request, signerName, usages });
  const key = nodeKeyOf(request, signerName);
  const [stored, record, holders, directory] = await Promise.all([
    services.tokens.read(presented.id),
    services.ledger.read(name),
    readHolders(services.nodes, key),
    services.issuers(),
  ]);
  const authenticated = authenticateToken(presented, stored, services.clock());
  const identity = identityOfToken(authenticated);
  const known = { token: authenticated, record, ...holders, directory };
  const wanted = { identity, csr: request, parameters, intentName: name, arrivedAt, ...known };
  const caller = { key: name, remainingSeconds: undefined };
  return reportingDenials(services, wanted, () => gradingPauses(caller, () => issueCertificate(services, wanted)));
}

function orRefusal<T>(read: () => T): T | RefusalError {
  try {
    return read();
  } catch (error) {
    if (error instanceof RefusalError) return error;
    throw error;
  }
}

/** Where the claim on the name a CSR asks for is kept; undefined when the decision will deny it anyway. */
export function nodeKeyOf(csr: CertificateRequest, signerName: string): string | undefined {
  const profile = profileOf(signerName);
  const requested = profile && requestedName(csr, profile);
  // DynamoDB keys may not be empty or over 2 KB; a common name is at most 64 characters.
  return requested?.name ? nodeKey(requested.name, signerName) : undefined;
}

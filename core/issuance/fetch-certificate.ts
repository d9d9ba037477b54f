import { authenticateToken, presentedToken } from "../token/authenticate-token.ts";
import { parseCertificateRequest } from "../csr/certificate-request.ts";
import { noteObstacle } from "../claim/obstacle.ts";
import { assertStanding } from "../claim/standing-certificate.ts";
import { assertCurrentNode, isServingRequest } from "../claim/current-node.ts";
import type { Identity } from "../token/identity.ts";
import { answerFromRecord, answerOf, type IssuanceAnswer } from "./issuance-answer.ts";
import type { IssuanceRecord } from "../ledger/issuance-record.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import { issueCertificate } from "./issue-certificate.ts";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { readHolders } from "../ledger/client-names.ts";
import { nodeKey } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import { reportingDenials } from "./report-denial.ts";
import { isIntentName } from "../ledger/intent-name.ts";
import { isRequestName } from "../ledger/request-name.ts";
import { identityOfToken, type TokenRecord } from "../token/token-record.ts";

export interface FetchRequest {
  readonly name: string;
  readonly sourceIp: string;
  readonly arrivedAt: Date;
}

/** An own request, by bootstrap token. Somebody else's is as unknown as one that never was. @throws RefusalError */
export async function fetchWithToken(
  services: IssuanceServices,
  token: string | undefined,
  request: FetchRequest,
): Promise<IssuanceAnswer> {
  const presented = presentedToken(token);
  const [stored, record, directory] = await Promise.all([
    services.tokens.read(presented.id),
    readOwn(services, request.name),
    services.issuers(),
  ]);
  const authenticated = authenticateToken(presented, stored, services.clock());
  return fetchOwn(services, identityOfToken(authenticated), authenticated, record, directory, request);
}

/** An own request, by client certificate. @throws RefusalError */
export async function fetchWithCertificate(
  services: IssuanceServices,
  identity: Identity,
  directory: IssuerDirectory,
  request: FetchRequest,
): Promise<IssuanceAnswer> {
  const [record] = await Promise.all([readOwn(services, request.name), assertStanding(services, identity)]);
  return fetchOwn(services, identity, undefined, record, directory, request);
}

/** By its name; undefined where there is none, or it can be none. */
export async function readOwn(services: IssuanceServices, name: string): Promise<IssuanceRecord | undefined> {
  return isRequestName(name) ? services.ledger.read(name) : undefined;
}

/** Somebody else's is as unknown as one that never was. */
export async function fetchOwn(
  services: IssuanceServices,
  identity: Identity,
  token: TokenRecord | undefined,
  record: IssuanceRecord | undefined,
  directory: IssuerDirectory,
  { sourceIp, arrivedAt }: FetchRequest,
): Promise<IssuanceAnswer> {
  if (record?.username !== identity.username) {
    throw new RefusalError("not_found", "there is no request of yours with this name", { field: "name" });
  }
  return continueRequest(services, { identity, token, record, directory, sourceIp, arrivedAt });
}

export interface OwnRequest {
  readonly identity: Identity;
  readonly token: TokenRecord | undefined;
  /** Read just now, and the identity's own. */
  readonly record: IssuanceRecord;
  readonly directory: IssuerDirectory;
  readonly sourceIp: string;
  readonly arrivedAt: Date;
}

/**
 * What an own request has come to. What an administrator approved since, or a crash left behind, is signed now: the admin
 * function cannot sign.
 *
 * @throws RefusalError
 */
export async function continueRequest(
  services: IssuanceServices,
  { identity, token, record, directory, sourceIp, arrivedAt }: OwnRequest,
): Promise<IssuanceAnswer> {
  const answer = answerFromRecord(record, directory, services.clock());
  if (answer !== undefined) return answer;
  if (record.decision === undefined) return answerOf(record, directory, false);
  const { name, signerName, usages, lifetimeSeconds } = record;
  const isHolder = isServingRequest(identity, signerName, record.nodeName);
  const [holders] = await Promise.all([
    readHolders(services.nodes, nodeKey(record.nodeName, signerName)),
    isHolder ? assertCurrentNode(services, identity) : undefined,
  ]).catch(async (error: unknown) => {
    await noteObstacle(services, record, error);
    throw error;
  });
  const csr = parseCertificateRequest(record.csr);
  const parameters = { signerName, usages, lifetimeSeconds, sourceIp };
  const countedAs = !isIntentName(name) && token?.usedBy.has(name) === true ? name : undefined;
  const known = { token, record, ...holders, directory, isHolder, countedAs };
  const wanted = { identity, csr, parameters, intentName: name, arrivedAt, ...known };
  return reportingDenials(services, wanted, () => issueCertificate(services, wanted));
}

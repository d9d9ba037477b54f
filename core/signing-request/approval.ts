import { decide } from "../policy/decision.ts";
import type { Policy } from "../policy/policy.ts";
import { judgeClaim } from "../claim/judge-claim.ts";
import { isHeldByAnother } from "../issuance/rival-names.ts";
import { BOOTSTRAP_USERNAME_PREFIX } from "../token/bootstrap-token.ts";
import { parseCertificateRequest, type CertificateRequest } from "../csr/certificate-request.ts";
import { readHolders } from "../ledger/client-names.ts";
import type { IssuanceLedger } from "../ledger/issuance-ledger.ts";
import type { IssuanceRecord } from "../ledger/issuance-record.ts";
import { nodeKey, unclaimedNode, type NodeRecord } from "../ledger/node-record.ts";
import type { NodeStore } from "../ledger/node-store.ts";
import { RefusalError } from "../refusal.ts";
import { isAdministrators } from "./requester.ts";
import { tokenStateOf, type TokenRecord } from "../token/token-record.ts";
import type { TokenStore } from "../token/token-store.ts";

/** What is read to know whether an approval can come to a certificate. */
export interface ApprovalReading {
  readonly tokens: Pick<TokenStore, "read">;
  readonly nodes: Pick<NodeStore, "read" | "readMany">;
  readonly ledger: Pick<IssuanceLedger, "read">;
  readonly policy: Policy;
  readonly clock: () => Date;
}

/**
 * Why a request could not be signed now if it were approved; undefined when it could. What the requester itself has to
 * show (its address, which certificate it presents) is judged when it asks.
 *
 * @param isOverride the administrator says that it may replace
 */
export async function faultOfApproval(
  services: ApprovalReading,
  record: IssuanceRecord,
  isOverride: boolean,
): Promise<RefusalError | undefined> {
  const csr = readable(record);
  if (csr instanceof RefusalError) return csr;
  const denied = faultByPolicy(record, csr, services.policy);
  if (denied !== undefined) return denied;
  const token = record.tokenId === undefined ? undefined : await services.tokens.read(record.tokenId);
  const spent = record.tokenId === undefined ? undefined : faultOfToken(record.tokenId, token, services.clock());
  if (spent !== undefined) return spent;
  const { node, rivals } = await readHolders(services.nodes, nodeKey(record.nodeName, record.signerName));
  if (node?.revocation !== undefined) return revoked(record);
  // A renewal is judged by the certificate that is presented for it.
  if (!isFirst(record)) return undefined;
  const mayReplace = isOverride || !services.policy.protectLiveNames || token?.allowReplace === true;
  if (mayReplace) return undefined;
  if (await isTaken(services, node ?? unclaimedNode(record.nodeName, record.signerName), record, csr))
    return taken(record, record.signerName);
  for (const rival of rivals)
    if (await isHeldByAnother(services, rival, csr.spki)) return taken(record, rival.signerName);
  return undefined;
}

function readable({ csr }: IssuanceRecord): CertificateRequest | RefusalError {
  try {
    return parseCertificateRequest(csr);
  } catch (error) {
    // What an earlier version accepted, and this one would not sign.
    if (error instanceof RefusalError) return error;
    throw error;
  }
}

/** The record keeps no token's limits, and no address: those are judged when its owner asks. */
export function faultByPolicy(
  { username, groups, signerName, usages, lifetimeSeconds }: IssuanceRecord,
  csr: CertificateRequest,
  policy: Policy,
): RefusalError | undefined {
  const parameters = { signerName, usages, lifetimeSeconds, sourceIp: "" };
  const decision = decide({ username, groups }, csr, parameters, policy);
  if (decision.outcome !== "deny") return undefined;
  const { code, reason, rule, field } = decision;
  return new RefusalError(code, reason, { rule, field });
}

function faultOfToken(tokenId: string, token: TokenRecord | undefined, now: Date): RefusalError | undefined {
  const state = token === undefined ? "Revoked" : tokenStateOf(token, now);
  if (state === "Active" || state === "Spent") return undefined;
  const what = token === undefined ? "is gone" : state === "Expired" ? "has expired" : "was revoked";
  return new RefusalError(
    "request_voided",
    `the token ${tokenId} of this request ${what}, so that nobody can fetch what would be signed; deny the request, and let the machine ask again with a new token (nodeseal token create)`,
  );
}

/** By a token or an administrator. Whoever shows a certificate asks for the next one. */
function isFirst(record: IssuanceRecord): boolean {
  return record.username.startsWith(BOOTSTRAP_USERNAME_PREFIX) || isAdministrators(record);
}

async function isTaken(
  services: ApprovalReading,
  node: NodeRecord,
  record: IssuanceRecord,
  csr: CertificateRequest,
): Promise<boolean> {
  const now = services.clock();
  const question = {
    intentName: record.name,
    // Nothing is claimed here: whether the name is free does not depend on them.
    serialNumber: node.anchor?.serialNumber ?? node.candidate?.serialNumber,
    notAfter: now,
    kind: "enrolment",
    tokenId: record.tokenId,
    presentedSerialNumber: undefined,
    arrivedAt: now,
    mayReplace: false,
  } as const;
  const { serialNumber } = question;
  if (serialNumber === undefined) return false;
  const { outcome } = await judgeClaim(services, node, { ...question, serialNumber }, csr.spki);
  return outcome.outcome === "taken";
}

function revoked({ nodeName }: IssuanceRecord): RefusalError {
  return new RefusalError(
    "certificate_revoked",
    `the name ${nodeName} was revoked; release it first: nodeseal node release ${nodeName}`,
  );
}

function taken({ name, nodeName }: IssuanceRecord, signerName: string): RefusalError {
  return new RefusalError(
    "node_name_taken",
    `the name ${nodeName} is held by a live certificate of ${signerName} with another key; to let this request take it: nodeseal csr approve ${name} --replace (with kubectl: kubectl annotate csr ${name} ${REPLACE_ANNOTATION}=true, and approve again); or first: nodeseal node release ${nodeName} --signer ${signerName}`,
    { field: "subject.commonName" },
  );
}

/** On an object of Kubernetes' API, by an administrator: its approval is an operator's override. */
export const REPLACE_ANNOTATION = "nodeseal.dev/replace";

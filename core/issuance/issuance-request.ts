import type { CertificateGrant } from "../policy/certificate-grant.ts";
import type { CertificateRequest } from "../csr/certificate-request.ts";
import type { SigningParameters } from "../policy/decision.ts";
import type { Identity } from "../token/identity.ts";
import type { IssuanceRecord } from "../ledger/issuance-record.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import type { IssuerDirectory } from "../authority/issuer-directory.ts";
import { useNameOf } from "../ledger/intent-name.ts";
import { KEPT_FOR_SURE_SECONDS, secondsSince, type NodeRecord } from "../ledger/node-record.ts";
import { RefusalError } from "../refusal.ts";
import type { TokenRecord } from "../token/token-record.ts";

/** An authenticated request for one certificate, with what is stored about it, read at one time. */
export interface IssuanceRequest {
  readonly identity: Identity;
  readonly csr: CertificateRequest;
  readonly parameters: SigningParameters;
  readonly intentName: string;
  /** When the request reached the front door. */
  readonly arrivedAt: Date;
  readonly token: TokenRecord | undefined;
  readonly record: IssuanceRecord | undefined;
  readonly node: NodeRecord | undefined;
  /** Of a first certificate: what the name has of other signers, under which it would be the same client. */
  readonly rivals?: readonly NodeRecord[];
  readonly directory: IssuerDirectory;
  /**
   * Of a plain renewal: `record` and `node` have not been looked for. The writes that reserve find out what is stored, so
   * that a read before them would cost a round trip and tell nothing.
   */
  readonly isUnread?: boolean;
  /** What its use of the token was counted as by an earlier version: the object's name alone. */
  readonly countedAs?: string | undefined;
  /**
   * Whether the requester proved to be the node itself by its current certificate of another profile: it may then have a
   * first certificate of this one, or the next (`assertCurrentNode`).
   */
  readonly isHolder?: boolean;
}

/** The same with what is stored. @param key the node's; undefined when the decision will deny it anyway */
export async function readStored(
  { ledger, nodes }: IssuanceServices,
  request: IssuanceRequest,
  key: string | undefined,
): Promise<IssuanceRequest> {
  const [record, node] = await Promise.all([
    ledger.read(request.intentName),
    key === undefined ? undefined : nodes.read(key),
  ]);
  return { ...request, record, node, isUnread: false };
}

export function newRecord(
  services: IssuanceServices,
  { identity, csr, parameters, intentName, token }: IssuanceRequest,
  grant: CertificateGrant,
  nodeName: string,
  now: Date,
): IssuanceRecord {
  return {
    name: intentName,
    uid: services.newUid(),
    createdAt: now,
    username: identity.username,
    groups: identity.groups,
    tokenId: token?.tokenId,
    signerName: parameters.signerName,
    usages: grant.usages,
    lifetimeSeconds: parameters.lifetimeSeconds,
    nodeName,
    csr: csr.der,
    policyVersion: services.policy.version,
    ...(wasCertified(token, useNameOf(intentName, csr.spki), now) ? { isUseKept: true } : {}),
  };
}

/** Whether an earlier record of the same use may have been signed, and be gone by its time: of a younger token none is gone. */
function wasCertified(token: TokenRecord | undefined, useName: string, now: Date): boolean {
  if (token?.maxUses === undefined || !token.usedBy.has(useName)) return false;
  return secondsSince(token.createdAt, now) >= KEPT_FOR_SURE_SECONDS;
}

export function tokenSpent(tokenId: string): RefusalError {
  return new RefusalError(
    "token_spent",
    `the token ${tokenId} has been used as often as it allows; ask for another one`,
  );
}

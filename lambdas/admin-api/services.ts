import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { RecoveryAdmissionStore } from "../../core/admission/recovery-admission.ts";
import type { ChangeRequestServices } from "../../core/authority/reconciliation/request-change.ts";
import type { Audit } from "../../core/audit/audit-event.ts";
import type { AuthorityRequestStore } from "../../core/authority/external/ca-signing-request.ts";
import type { BootstrapToken } from "../../core/token/bootstrap-token.ts";
import type { IssuerDirectory } from "../../core/authority/issuer-directory.ts";
import type { Policy } from "../../core/policy/policy.ts";
import type { PageRequest } from "../../core/ledger/page.ts";
import type { IssuanceLedger } from "../../core/ledger/issuance-ledger.ts";
import type { NodeStore } from "../../core/ledger/node-store.ts";
import type { SignatureRegister } from "../../core/keys/signature-register.ts";
import type { TokenStore } from "../../core/token/token-store.ts";
import { RefusalError } from "../../core/refusal.ts";
import { wholeNumber } from "../http/request.ts";

/** What the admin function needs. There is no signer among it: who issues tokens cannot sign. */
export interface AdminServices extends ChangeRequestServices {
  readonly tokens: TokenStore;
  /** What an external CA is asked to certify, where there is one. */
  readonly authorityRequests: Pick<AuthorityRequestStore, "read">;
  readonly nodes: NodeStore;
  /** The very policy that the node API decides by. */
  readonly policy: Policy;
  readonly ledger: IssuanceLedger;
  readonly admissions: RecoveryAdmissionStore;
  readonly signatures: Pick<SignatureRegister, "readDay">;
  readonly issuers: () => Promise<IssuerDirectory>;
  readonly newToken: () => BootstrapToken;
  readonly audit: Audit;
  /** Pins for join commands: `sha256:…`. */
  readonly tlsCaCertHashes: readonly string[];
  /** Of the CAs that authenticate this host, where `cluster-info` is exposed: tokens for signing sign it when they are made. */
  readonly clusterInfoCaPem?: string | undefined;
}

/**
 * The principal API Gateway authenticated.
 *
 * @throws Error when there is none: the route would have to be open, which is ours to mend
 */
export function administratorOf({ requestContext }: APIGatewayProxyEventV2): string {
  const { authorizer } = requestContext as { authorizer?: { iam?: { userArn?: unknown } } };
  const userArn = authorizer?.iam?.userArn;
  if (typeof userArn !== "string" || userArn === "")
    throw new Error("an admin route was reached without IAM authorization");
  return userArn;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** @throws RefusalError `malformed_request` */
export function pageRequest({
  limit,
  cursor,
}: {
  limit?: string | undefined;
  cursor?: string | undefined;
}): PageRequest {
  const wanted = wholeNumber("limit", limit) ?? DEFAULT_LIMIT;
  if (wanted < 1 || wanted > MAX_LIMIT) {
    throw new RefusalError("malformed_request", `"limit" must be from 1 to ${MAX_LIMIT}, got ${wanted}`, {
      field: "limit",
    });
  }
  return { limit: wanted, cursor };
}

import { parseCertificateRequest } from "../csr/certificate-request.ts";
import { faultByPolicy } from "./approval.ts";
import { isComplete, type IssuanceRecord } from "../ledger/issuance-record.ts";
import { NODE_USERNAME_PREFIX } from "../certificate/node-name.ts";
import type { Policy } from "../policy/policy.ts";
import { RefusalError } from "../refusal.ts";
import { KUBELET_CLIENT_SIGNER } from "../certificate/profile.ts";

/** A condition of a CertificateSigningRequest; its status is always True. */
export interface RequestCondition {
  readonly type: "Approved" | "Denied" | "Failed";
  readonly reason: string;
  readonly message: string;
  readonly at: Date;
}

/**
 * What a record looks like to Kubernetes: what was decided, then whether it failed. Pure: nothing is stored for it, so that
 * a record made at `/v1/certificates` has conditions like any other.
 */
export function conditionsOf(record: IssuanceRecord, policy: Policy): readonly RequestCondition[] {
  const decided = decisionCondition(record);
  const failed = failureCondition(record, policy);
  return [...(decided === undefined ? [] : [decided]), ...(failed === undefined ? [] : [failed])];
}

/** Whether there is a certificate to be handed out: signed, stored, and neither taken back nor displaced. */
export function hasCertificate(record: IssuanceRecord): boolean {
  return isComplete(record) && record.revocation === undefined;
}

function decisionCondition(record: IssuanceRecord): RequestCondition | undefined {
  const { decision } = record;
  if (decision === undefined) return undefined;
  const { outcome, reason, at } = decision;
  const message = decision.message === "" && reason === "AutoApproved" ? autoApproval(record) : decision.message;
  return { type: outcome, reason, message, at };
}

/** The words of Kubernetes' own approver (K4.1) where it would have approved. */
function autoApproval({ signerName, username, nodeName, decision }: IssuanceRecord): string {
  if (signerName !== KUBELET_CLIENT_SIGNER) return `Auto approved by the policy rule ${decision?.by ?? ""}.`;
  return username === NODE_USERNAME_PREFIX + nodeName
    ? "Auto approving self kubelet client certificate after SubjectAccessReview."
    : "Auto approving kubelet client certificate after SubjectAccessReview.";
}

function failureCondition(record: IssuanceRecord, policy: Policy): RequestCondition | undefined {
  const { revocation, voidedAt, decision } = record;
  const failed = (reason: string, message: string, at: Date): RequestCondition => ({
    type: "Failed",
    reason,
    message,
    at,
  });
  if (revocation !== undefined)
    return failed("CertificateRevoked", `the certificate was revoked: ${revocation.reason}`, revocation.at);
  if (voidedAt !== undefined) {
    const message = "this request can no longer give a certificate: another key took its place, or it was deleted";
    return failed("RequestVoided", message, voidedAt);
  }
  if (decision?.outcome !== "Approved" || record.reservation !== undefined) return undefined;
  const fault = faultOfApproved(record, policy);
  return fault === undefined ? undefined : failed("SignerValidationFailure", fault, decision.at);
}

/** Approved, but no rule would sign it: what Kubernetes' signer finds after the approver let it pass (K6). */
function faultOfApproved(record: IssuanceRecord, policy: Policy): string | undefined {
  try {
    const fault = faultByPolicy(record, parseCertificateRequest(record.csr), policy);
    return fault && `${fault.message} (rule ${fault.rule ?? ""}, field ${fault.field ?? ""})`;
  } catch (error) {
    // What an earlier version accepted must not stop a list that it is in.
    if (error instanceof RefusalError) return error.message;
    throw error;
  }
}

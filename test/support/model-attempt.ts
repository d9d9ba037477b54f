import { allowRecovery } from "../../core/claim/allow-recovery.ts";
import { authenticateCertificate } from "../../core/issuance/authenticate-certificate.ts";
import { BOOTSTRAP_USERNAME_PREFIX, DEFAULT_TOKEN_GROUP } from "../../core/token/bootstrap-token.ts";
import type { SigningParameters } from "../../core/policy/decision.ts";
import { DEFAULT_POLICY, RULE_DEFAULTS, type Policy } from "../../core/policy/policy.ts";
import { confirmCertificate } from "../../core/issuance/confirm-certificate.ts";
import { confirmUse } from "../../core/issuance/confirm-use.ts";
import { decideRequest } from "../../core/signing-request/decide.ts";
import { giveBackUse } from "../../core/claim/give-back.ts";
import type { Der } from "../../core/asn1/der.ts";
import { enrol } from "../../core/issuance/enrol.ts";
import { intentName } from "../../core/ledger/intent-name.ts";
import type { IssuanceAnswer } from "../../core/issuance/issuance-answer.ts";
import type { IssuanceServices } from "../../core/claim/issuance-services.ts";
import type { IssuerDirectory } from "../../core/authority/issuer-directory.ts";
import { NODE_USERNAME_PREFIX } from "../../core/certificate/node-name.ts";
import { KUBELET_CLIENT_SIGNER } from "../../core/certificate/profile.ts";
import { MAX_PROOF_LIFETIME_SECONDS } from "../../core/issuance/proof-of-possession.ts";
import { RefusalError } from "../../core/refusal.ts";
import { renew } from "../../core/issuance/renew.ts";
import { releaseNode, revokeNode } from "../../core/revocation/revoke.ts";
import type { ModelRequest } from "./model-client.ts";
import { csrOf, enrolmentRequest, PARAMETERS, renewalRequest } from "./node-requests.ts";
import type { IntentFacts } from "./reservation-auditor.ts";

/** Two under which one name is one client. */
export const CLIENT_SIGNERS = ["nodeseal.dev/client", "kubernetes.io/kube-apiserver-client"] as const;

export const MODEL_POLICY: Policy = {
  ...DEFAULT_POLICY,
  rules: [
    ...DEFAULT_POLICY.rules,
    ...CLIENT_SIGNERS.map((signerName) => ({
      ...RULE_DEFAULTS,
      name: signerName,
      group: DEFAULT_TOKEN_GROUP,
      signerName,
    })),
  ],
};

/** How long an operator's override for a recovery counts. */
const WORD_MILLISECONDS = 24 * 3600 * 1000;

/** Does with the real core what is asked. Only enrolments and renewals have an answer. */
export async function perform(
  services: IssuanceServices,
  directory: IssuerDirectory,
  request: ModelRequest,
  { arrivedAt, madeAt }: { readonly arrivedAt: Date; readonly madeAt: Date },
): Promise<IssuanceAnswer | undefined> {
  switch (request.kind) {
    case "enrol":
      return enrol(services, enrolmentRequest({ ...request, parameters: parametersOf(request), arrivedAt }));
    case "renew": {
      const { certificate } = request.holding;
      const now = services.clock();
      const renewal = renewalRequest({ ...request, certificate, arrivedAt }, directory, now);
      if (renewal.authenticated.identity.certificate.expiredAt !== undefined) assertFresh(madeAt, now);
      return renew(services, renewal);
    }
    case "confirm": {
      const { name, certificate } = request.holding;
      await confirmCertificate(services, name, authenticated(certificate, directory, services.clock()));
      return undefined;
    }
    case "use":
      await confirmUse(services, authenticated(request.holding.certificate, directory, services.clock()));
      return undefined;
    case "approve":
    case "deny": {
      const outcome = request.kind === "approve" ? "Approved" : "Denied";
      await decideRequest(services, request.name, { outcome, by: "operator", reason: "Said", message: "" });
      return undefined;
    }
    case "delete": {
      // As Kubernetes' API does, whose objects are not these.
      const left = await services.ledger.voidUnsigned(request.name, services.clock());
      if (left !== undefined) await giveBackUse(services.tokens, left);
      return undefined;
    }
    case "release":
      // Of the one signer that the model knows: each has a record of its own.
      await releaseNode(services, request.nodeName, "operator", KUBELET_CLIENT_SIGNER);
      return undefined;
    case "allow": {
      const until = new Date(services.clock().getTime() + WORD_MILLISECONDS);
      await allowRecovery(services, request.nodeName, { until, recoveries: 2 }, "operator");
      return undefined;
    }
    case "revoke":
      await revokeNode(services, request.nodeName, "keyCompromise", "operator", { signerName: KUBELET_CLIENT_SIGNER });
      return undefined;
  }
}

/** What has expired recovers by proof only, and a proof does not live long: there are no copies of it for long either. */
function assertFresh(madeAt: Date, now: Date): void {
  if (now.getTime() - madeAt.getTime() > MAX_PROOF_LIFETIME_SECONDS * 1000)
    throw new RefusalError("invalid_proof", "the proof has expired");
}

function authenticated(certificate: Der, directory: IssuerDirectory, now: Date) {
  return authenticateCertificate(certificate, directory, now, "invalid_client_certificate");
}

function parametersOf({ signerName }: { readonly signerName: string }): SigningParameters {
  return { ...PARAMETERS, signerName };
}

/** What certificate is asked for, if one is. */
export function intentOf(request: ModelRequest, directory: IssuerDirectory, now: Date): IntentFacts | undefined {
  if (request.kind !== "enrol" && request.kind !== "renew") return undefined;
  const { nodeName, key } = request;
  const isRenewal = request.kind === "renew";
  const parameters = isRenewal ? PARAMETERS : parametersOf(request);
  const { signerName } = parameters;
  const name = intentName({
    username: isRenewal ? NODE_USERNAME_PREFIX + nodeName : BOOTSTRAP_USERNAME_PREFIX + request.token.id,
    presentedSerialNumber: isRenewal
      ? authenticateCertificate(request.holding.certificate, directory, now, "invalid_proof", "recoverable")
          .serialNumber
      : undefined,
    csr: csrOf(key, nodeName, signerName),
    ...parameters,
  });
  return {
    name,
    nodeName,
    signerName,
    key,
    presented: isRenewal ? request.holding.name : undefined,
    tokenId: isRenewal ? undefined : request.token.id,
  };
}

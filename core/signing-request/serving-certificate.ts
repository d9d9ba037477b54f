import { assertCurrentNode, isServingRequest } from "../claim/current-node.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import { KUBELET_SERVING_SIGNER, profileOf } from "../certificate/profile.ts";
import { gradingPauses } from "../issuance/busy-pause.ts";
import { nodeKeyOf } from "../issuance/enrol.ts";
import type { IssuanceAnswer } from "../issuance/issuance-answer.ts";
import { issueCertificate } from "../issuance/issue-certificate.ts";
import type { RenewalRequest } from "../issuance/renew.ts";
import { reportingDenials } from "../issuance/report-denial.ts";
import { readHolders } from "../ledger/client-names.ts";
import { intentName } from "../ledger/intent-name.ts";
import { requestedName } from "../policy/decision.ts";
import { RefusalError } from "../refusal.ts";

/**
 * A serving certificate for a node that proves to be itself by its client certificate, the first and every next one: as
 * kubelets ask at Kubernetes' API (K8.3), so that its names may change with the node's addresses. Policy decides on the
 * identity `system:node:<name>` of `system:nodes`.
 *
 * The intent is not named after the certificate that is presented: a request that waits for approval is the same one after
 * the client certificate was renewed.
 *
 * @throws RefusalError
 */
export async function issueServingCertificate(
  services: IssuanceServices,
  { authenticated, csr, parameters, arrivedAt, directory }: RenewalRequest,
): Promise<IssuanceAnswer> {
  const { identity, certificate, bindsRequest } = authenticated;
  if (!bindsRequest) {
    const why = 'it must say in its claim "request" what is asked for';
    throw new RefusalError("invalid_proof", `the proof of possession is not accepted: ${why}`, { field: "proof" });
  }
  const { signerName, usages } = parameters;
  const { username } = identity;
  const name = intentName({ username, presentedSerialNumber: undefined, csr, signerName, usages });
  const remainingSeconds = (certificate.notAfter.getTime() - services.clock().getTime()) / 1000;
  const caller = { key: username, remainingSeconds };
  const wanted = { identity, csr, parameters, intentName: name, arrivedAt, token: undefined, directory };
  return reportingDenials(services, wanted, async () => {
    const profile = profileOf(signerName);
    if (!isServingRequest(identity, signerName, profile && requestedName(csr, profile).name))
      throw notServing(signerName);
    const [record, holders] = await Promise.all([
      services.ledger.read(name),
      readHolders(services.nodes, nodeKeyOf(csr, signerName)),
      assertCurrentNode(services, identity),
    ]);
    const request = { ...wanted, record, ...holders, isHolder: true };
    return await gradingPauses(caller, () => issueCertificate(services, request));
  });
}

function notServing(signerName: string): RefusalError {
  return new RefusalError(
    "denied_by_policy",
    `by its client certificate a node may ask here for a certificate of ${KUBELET_SERVING_SIGNER} in its own name, got ${JSON.stringify(signerName)}; others begin with a bootstrap token, and are renewed at /v1/certificates/renew`,
    { field: "signerName" },
  );
}

import { KEY_ELSEWHERE, spkiSha256, type Authority, type TrustBundle } from "../../../core/authority/authority.ts";
import type { AuthorityRequest } from "../../../core/authority/external/ca-signing-request.ts";
import type { AuthorityProgress, ChangeRequest, ChangeRequests } from "../../../core/authority/change-request.ts";
import { parseCertificate } from "../../../core/certificate/certificate.ts";
import { describeName } from "../../../core/asn1/distinguished-name.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import { parseAuthorityPublicKey } from "../../../core/keys/authority-public-key.ts";
import { rfc3339 } from "../../http/rfc3339.ts";

/** CA generations, what operators have asked to become of them, and what an external CA is asked to certify. */
export function authoritiesAnswer(
  bundle: TrustBundle | undefined,
  { changeRequests }: ChangeRequests,
  progress: AuthorityProgress,
  requests: readonly AuthorityRequest[],
) {
  const asked = changeRequests.map((changeRequest) => describeChangeRequest(changeRequest, progress));
  return {
    sequence: bundle?.sequence ?? 0,
    items: (bundle?.authorities ?? []).map(describeAuthority),
    changeRequests: asked,
    // The member's name until 0.1; it goes with 0.3.
    wishes: asked,
    requests: requests.flatMap(({ authorityId, csr }) =>
      csr === undefined ? [] : [{ authorityId, csr: encodePem("CERTIFICATE REQUEST", csr) }],
    ),
  };
}

function describeAuthority({ id, role, state, stateSince, certificate, keyArn }: Authority) {
  const { subject, spki, notBefore, notAfter, serialNumber } = parseCertificate(certificate);
  const { keyType } = parseAuthorityPublicKey(spki);
  return {
    id,
    role,
    state,
    stateSince: stateSince === undefined ? null : rfc3339(stateSince),
    subject: describeName(subject),
    keySpec: keyType,
    keyArn: keyArn === KEY_ELSEWHERE ? null : keyArn,
    serialNumber,
    notBefore: rfc3339(notBefore),
    notAfter: rfc3339(notAfter),
    spkiSha256: spkiSha256(spki),
    certificate: encodePem("CERTIFICATE", certificate),
  };
}

export function describeChangeRequest(changeRequest: ChangeRequest, { outcomes }: AuthorityProgress) {
  const outcome = outcomes.get(changeRequest.number);
  return {
    number: changeRequest.number,
    act: changeRequest.act,
    authorityId: changeRequest.authorityId,
    force: changeRequest.isForced,
    state: outcome?.state ?? "pending",
    reason: outcome?.reason ?? "",
    askedAt: rfc3339(changeRequest.askedAt),
    askedBy: changeRequest.askedBy,
    secondedBy: changeRequest.secondedBy ?? null,
    judgedAt: outcome === undefined ? null : rfc3339(outcome.at),
  };
}

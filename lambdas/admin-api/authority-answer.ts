import { KEY_ELSEWHERE, spkiSha256, type Authority, type TrustBundle } from "../../core/authority/authority.ts";
import type { AuthorityRequest } from "../../core/authority/external/ca-signing-request.ts";
import type { AuthorityProgress, AuthorityWish, WishBook } from "../../core/authority/change-request.ts";
import { parseCertificate } from "../../core/certificate/certificate.ts";
import { describeName } from "../../core/asn1/distinguished-name.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { parseAuthorityPublicKey } from "../../core/keys/authority-public-key.ts";
import { rfc3339 } from "../http/rfc3339.ts";

/** CA generations, what operators have asked to become of them, and what a CA outside is asked to certify. */
export function authoritiesAnswer(
  bundle: TrustBundle | undefined,
  { wishes }: WishBook,
  progress: AuthorityProgress,
  requests: readonly AuthorityRequest[],
) {
  return {
    sequence: bundle?.sequence ?? 0,
    items: (bundle?.authorities ?? []).map(describeAuthority),
    wishes: wishes.map((wish) => describeWish(wish, progress)),
    requests: requests.flatMap(({ authorityId, csr }) =>
      csr === undefined ? [] : [{ authorityId, csr: encodePem("CERTIFICATE REQUEST", csr) }],
    ),
  };
}

function describeAuthority({ id, role, state, certificate, keyArn }: Authority) {
  const { subject, spki, notBefore, notAfter, serialNumber } = parseCertificate(certificate);
  const { keyType } = parseAuthorityPublicKey(spki);
  return {
    id,
    role,
    state,
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

export function describeWish(wish: AuthorityWish, { outcomes }: AuthorityProgress) {
  const outcome = outcomes.get(wish.number);
  return {
    number: wish.number,
    act: wish.act,
    authorityId: wish.authorityId,
    force: wish.isForced,
    state: outcome?.state ?? "pending",
    reason: outcome?.reason ?? "",
    askedAt: rfc3339(wish.askedAt),
    askedBy: wish.askedBy,
    judgedAt: outcome === undefined ? null : rfc3339(outcome.at),
  };
}

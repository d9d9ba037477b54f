import { spkiSha256 } from "../../core/authority.ts";
import { parseCertificate } from "../../core/certificate.ts";
import { describeName } from "../../core/distinguished-name.ts";
import { encodePem } from "../../core/pem.ts";
import { parseSubjectPublicKey } from "../../core/subject-public-key.ts";
import type { Operations } from "../http/http-function.ts";
import { json } from "../http/response.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import type { AdminServices } from "./services.ts";

export function authorityOperations({ issuers }: AdminServices) {
  return {
    "GET /v1/admin/authorities": async () => {
      const { bundle } = await issuers();
      const items = bundle.authorities.map(({ id, role, state, certificate, keyArn }) => {
        const { subject, spki, notBefore, notAfter, serialNumber } = parseCertificate(certificate);
        const { keyType } = parseSubjectPublicKey(spki);
        return {
          id,
          role,
          state,
          subject: describeName(subject),
          keySpec: keyType,
          keyArn,
          serialNumber,
          notBefore: rfc3339(notBefore),
          notAfter: rfc3339(notAfter),
          spkiSha256: spkiSha256(spki),
          certificate: encodePem("CERTIFICATE", certificate),
        };
      });
      return json(200, { sequence: bundle.sequence, items });
    },
  } satisfies Operations;
}

import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { spkiSha256, trustBundlePem, trustedAuthorities, type TrustBundle } from "../../core/authority/authority.ts";
import { parseCertificate } from "../../core/certificate/certificate.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { isKnownToCaller } from "../http/entity-tag.ts";
import { empty, json, text } from "../http/response.ts";
import { prefers } from "../http/request.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import { discoveryHeader, trustBundleHeader } from "./agent-headers.ts";

const PEM = "application/x-pem-file";

/** A CA change reaches every cache within this time. */
const MAX_AGE_SECONDS = 300;

/** What nodes must trust: issuing CAs, then roots. */
export function trustBundleAnswer(
  event: APIGatewayProxyEventV2,
  bundle: TrustBundle,
): APIGatewayProxyStructuredResultV2 {
  const isJson = prefers(event, "application/json");
  const etag = `"${bundle.sequence}${isJson ? "-json" : ""}"`;
  const headers = {
    etag,
    "cache-control": `public, max-age=${MAX_AGE_SECONDS}`,
    vary: "accept",
    ...trustBundleHeader(bundle.sequence),
  };
  if (isKnownToCaller(event, etag)) return empty(304, headers);
  const authorities = trustedAuthorities(bundle);
  if (!isJson) {
    return text(200, PEM, trustBundlePem(bundle), headers);
  }
  return json(
    200,
    {
      sequence: bundle.sequence,
      authorities: authorities.map(({ id, state, certificate }) => {
        const { spki, notAfter } = parseCertificate(certificate);
        return {
          id,
          state,
          certificate: encodePem("CERTIFICATE", certificate),
          spkiSha256: spkiSha256(spki),
          notAfter: rfc3339(notAfter),
        };
      }),
    },
    headers,
  );
}

/** The same to the holder of a token, with what shows that the service knows the token. @param jws compact */
export function discoveryAnswer(bundle: TrustBundle, jws: string): APIGatewayProxyStructuredResultV2 {
  return text(200, PEM, trustBundlePem(bundle), { ...trustBundleHeader(bundle.sequence), ...discoveryHeader(jws) });
}

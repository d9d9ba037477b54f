import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { spkiSha256, trustBundlePem, type TrustBundle } from "../../core/authority/authority.ts";
import { authoritiesFor, TRUST_CONSUMERS, type TrustConsumer } from "../../core/authority/trust-consumer.ts";
import { parseCertificate } from "../../core/certificate/certificate.ts";
import { RefusalError } from "../../core/refusal.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { isKnownToCaller } from "../http/entity-tag.ts";
import { empty, json, text } from "../http/response.ts";
import { prefers, queryOf } from "../http/request.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import { discoveryHeader, trustBundleHeader } from "./agent-headers.ts";

const PEM = "application/x-pem-file";

/** A CA change reaches every cache within this time. */
const MAX_AGE_SECONDS = 300;

/**
 * What nodes must trust: issuing CAs, then roots. `?for=` what one kind of program must be given, `?without=retiring` what
 * signs now or will.
 *
 * @throws RefusalError `malformed_request` for another query
 */
export function trustBundleAnswer(
  event: APIGatewayProxyEventV2,
  bundle: TrustBundle,
): APIGatewayProxyStructuredResultV2 {
  const isJson = prefers(event, "application/json");
  const { consumer, isWithoutRetiring } = wantedOf(event);
  const variant = [consumer, isWithoutRetiring && "current", isJson && "json"].filter(
    (part) => typeof part === "string",
  );
  const etag = `"${[bundle.sequence, ...variant].join("-")}"`;
  const headers = {
    etag,
    "cache-control": `public, max-age=${MAX_AGE_SECONDS}`,
    vary: "accept",
    ...trustBundleHeader(bundle.sequence),
  };
  if (isKnownToCaller(event, etag)) return empty(304, headers);
  const authorities = authoritiesFor(bundle, consumer, { isWithoutRetiring });
  if (!isJson) return text(200, PEM, trustBundlePem({ authorities }), headers);
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

function wantedOf(event: APIGatewayProxyEventV2): { consumer: TrustConsumer | undefined; isWithoutRetiring: boolean } {
  const { for: name, without } = queryOf(event, ["for", "without"]);
  const consumer = TRUST_CONSUMERS.find((one) => one === name);
  if (name !== undefined && consumer === undefined) throw notAllowed("for", name, TRUST_CONSUMERS);
  if (without !== undefined && without !== "retiring") throw notAllowed("without", without, ["retiring"]);
  return { consumer, isWithoutRetiring: without !== undefined };
}

function notAllowed(field: string, got: string, allowed: readonly string[]): RefusalError {
  const shown = JSON.stringify(got.slice(0, 40));
  return new RefusalError("malformed_request", `the query: "${field}" must be ${allowed.join(" or ")}, got ${shown}`, {
    field,
  });
}

/** The same to the holder of a token, with what shows that the service knows the token. @param jws compact */
export function discoveryAnswer(bundle: TrustBundle, jws: string): APIGatewayProxyStructuredResultV2 {
  return text(200, PEM, trustBundlePem(bundle), { ...trustBundleHeader(bundle.sequence), ...discoveryHeader(jws) });
}

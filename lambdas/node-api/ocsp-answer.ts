import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { OcspAnswer } from "../../core/ocsp/responder.ts";
import { RefusalError } from "../../core/refusal.ts";
import { bodyOf, mediaType, unsupportedMediaType } from "../http/request.ts";
import { text } from "../http/response.ts";

const REQUEST_TYPE = "application/ocsp-request";
const PATH = "/v1/ocsp/";

/** Twenty questions with SHA-512 and a nonce take less than 4 KiB. */
const MOST_REQUEST_OCTETS = 8 * 1024;

/** A revocation is answered within a minute through caches as well. */
const MOST_AGE_SECONDS = 30;

/**
 * The OCSPRequest of a POST (RFC 6960 appendix A.1).
 *
 * @throws RefusalError `unsupported_media_type`, `too_large`, `malformed_request` without a body
 */
export function postedOcspRequest(event: APIGatewayProxyEventV2): Uint8Array {
  if (mediaType(event) !== REQUEST_TYPE) throw unsupportedMediaType(event, [REQUEST_TYPE]);
  return ofBearableSize(bodyOf(event));
}

/**
 * The OCSPRequest of a GET: base64 after the path, whose `/`, `+` and `=` some clients escape and others do not. One that
 * is no base64 is an empty request, which the responder calls malformed.
 *
 * @throws RefusalError `too_large`
 */
export function ocspRequestInPath({ rawPath }: APIGatewayProxyEventV2): Uint8Array {
  const rest = rawPath.slice(rawPath.indexOf(PATH) + PATH.length);
  const base64 = unescaped(rest).replaceAll(" ", "+");
  return ofBearableSize(/^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, "base64") : new Uint8Array());
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return "";
  }
}

function ofBearableSize(request: Uint8Array): Uint8Array {
  if (request.length <= MOST_REQUEST_OCTETS) return request;
  throw new RefusalError(
    "too_large",
    `the OCSP request has ${request.length} bytes, allowed are ${MOST_REQUEST_OCTETS}`,
  );
}

/** RFC 5019 section 6: no cache keeps an answer beyond its next update, and none one with a nonce. */
export function ocspAnswer({ der, cacheableUntil }: OcspAnswer, now: Date): APIGatewayProxyStructuredResultV2 {
  const leftSeconds = cacheableUntil === undefined ? 0 : Math.floor((cacheableUntil.getTime() - now.getTime()) / 1000);
  const seconds = Math.max(0, Math.min(MOST_AGE_SECONDS, leftSeconds));
  const headers = seconds === 0 ? {} : { "cache-control": `public, max-age=${seconds}, no-transform, must-revalidate` };
  const body = Buffer.from(der).toString("base64");
  return { ...text(200, "application/ocsp-response", body, headers), isBase64Encoded: true };
}

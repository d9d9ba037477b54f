import { createHmac, timingSafeEqual } from "node:crypto";
import type { LocalCredentials } from "../data/credentials.ts";
import { parseAuthorizationHeader, type SignatureClaim } from "./authorization-header.ts";
import { canonicalRequest, headerValues, sha256Hex, type SignedRequest } from "./canonical-request.ts";

/** What a signature must be good for. */
export interface SignatureScope {
  readonly region: string;
  /** `execute-api`, `kms`. */
  readonly service: string;
  readonly credentials: LocalCredentials;
}

/** AWS' tolerance for the clocks of callers, either way. */
const MAX_CLOCK_SKEW_MS = 5 * 60 * 1000;

/**
 * Whether a request is signed with AWS Signature Version 4 in its headers, by our key, for this region and service, now.
 *
 * The hash of the body is always part of it: `UNSIGNED-PAYLOAD` is for S3. Signatures in the query string are not taken.
 */
export function isSignedRequest(request: SignedRequest, scope: SignatureScope, now: Date): boolean {
  const headers = headerValues(request.rawHeaders);
  const claim = parseAuthorizationHeader(headers.get("authorization"));
  const timestamp = headers.get("x-amz-date") ?? "";
  if (claim === undefined || !isRecent(timestamp, now) || !isInScope(claim, timestamp, scope)) return false;
  if (!coversWhatItMust(claim.signedHeaders, headers)) return false;
  const declaredHash = headers.get("x-amz-content-sha256");
  if (declaredHash !== undefined && declaredHash !== sha256Hex(request.body)) return false;
  const expected = signatureOf(canonicalRequest(request, claim.signedHeaders), timestamp, scope);
  return timingSafeEqual(expected, claim.signature);
}

const TIMESTAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

function isRecent(timestamp: string, now: Date): boolean {
  return Math.abs(now.getTime() - timeOfTimestamp(timestamp)) <= MAX_CLOCK_SKEW_MS;
}

/** Epoch milliseconds of `20261123T120000Z`; NaN for anything else, which is not within any limits. */
export function timeOfTimestamp(timestamp: string): number {
  return TIMESTAMP.test(timestamp) ? Date.parse(timestamp.replace(TIMESTAMP, "$1-$2-$3T$4:$5:$6Z")) : NaN;
}

function isInScope(
  claim: SignatureClaim,
  timestamp: string,
  { region, service, credentials }: SignatureScope,
): boolean {
  return (
    claim.accessKeyId === credentials.accessKeyId &&
    claim.scopeDate === timestamp.slice(0, 8) &&
    claim.region === region &&
    claim.service === service
  );
}

/** The host and every `x-amz-` header must be signed, and in order: else one could be added or changed on the way. */
function coversWhatItMust(signedHeaders: readonly string[], headers: ReadonlyMap<string, string>): boolean {
  const mustBeSigned = [...headers.keys()].filter((name) => name === "host" || name.startsWith("x-amz-"));
  const isOrdered = signedHeaders.every((name, index) => index === 0 || (signedHeaders[index - 1] ?? "") < name);
  return isOrdered && signedHeaders.includes("host") && mustBeSigned.every((name) => signedHeaders.includes(name));
}

/** Steps 2 to 4 of "Create a signed AWS API request". */
export function signatureOf(
  canonical: string,
  timestamp: string,
  { region, service, credentials }: SignatureScope,
): Buffer {
  const date = timestamp.slice(0, 8);
  const credentialScope = `${date}/${region}/${service}/aws4_request`;
  const stringToSign = ["AWS4-HMAC-SHA256", timestamp, credentialScope, sha256Hex(canonical)].join("\n");
  const signingKey = [date, region, service, "aws4_request"].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  );
  return hmac(signingKey, stringToSign);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

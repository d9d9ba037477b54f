import { timingSafeEqual } from "node:crypto";
import { canonicalRequest, type SignedRequest } from "./canonical-request.ts";
import { signatureOf, timeOfTimestamp, type SignatureScope } from "./verification.ts";

const CREDENTIAL = /^([A-Za-z0-9]{16,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/;

/**
 * Whether a request carries AWS Signature Version 4 in its query, by our key, for this service in any region, and has not
 * expired (IAM user guide, "Signing and authenticating requests", query string form). The body is empty.
 *
 * @param tolerance how long after its `X-Amz-Expires` it is still taken, in milliseconds: STS itself gives 15 minutes
 */
export function isPresignedRequest(
  request: Omit<SignedRequest, "body">,
  { service, credentials }: Omit<SignatureScope, "region">,
  now: Date,
  tolerance = 0,
): boolean {
  const [path = "", query = ""] = request.target.split("?");
  const parameters = new URLSearchParams(query);
  const [, accessKeyId, date, region = "", signedService] =
    CREDENTIAL.exec(parameters.get("X-Amz-Credential") ?? "") ?? [];
  const timestamp = parameters.get("X-Amz-Date") ?? "";
  const signature = parameters.get("X-Amz-Signature") ?? "";
  const signedHeaders = (parameters.get("X-Amz-SignedHeaders") ?? "").split(";");
  const isInScope =
    parameters.get("X-Amz-Algorithm") === "AWS4-HMAC-SHA256" &&
    accessKeyId === credentials.accessKeyId &&
    signedService === service &&
    date === timestamp.slice(0, 8) &&
    signedHeaders.includes("host");
  const age = now.getTime() - timeOfTimestamp(timestamp);
  const lifetime = Number(parameters.get("X-Amz-Expires")) * 1000 + tolerance;
  const isRecent = age >= -MAX_SKEW_MS && age <= lifetime;
  if (!isInScope || !isRecent || !/^[0-9a-f]{64}$/.test(signature)) return false;
  const unsigned = query
    .split("&")
    .filter((part) => !part.startsWith("X-Amz-Signature="))
    .join("&");
  const canonical = canonicalRequest(
    { ...request, target: `${path}?${unsigned}`, body: new Uint8Array() },
    signedHeaders,
  );
  const expected = signatureOf(canonical, timestamp, { service, credentials, region });
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

const MAX_SKEW_MS = 5 * 60 * 1000;

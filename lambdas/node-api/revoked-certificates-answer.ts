import { createHash } from "node:crypto";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { RefusalError } from "../../core/refusal.ts";
import { isKnownToCaller } from "../http/entity-tag.ts";
import { empty, json } from "../http/response.ts";

/** A cache in between costs a revocation no more than this. */
const MAX_AGE_SECONDS = 2;

/** @throws RefusalError `not_found` where there are no revocation lists */
export function revokedCertificatesAnswer(
  event: APIGatewayProxyEventV2,
  sha256: readonly string[] | undefined,
): APIGatewayProxyStructuredResultV2 {
  if (sha256 === undefined)
    throw new RefusalError("not_found", "this service has no revocation lists (revocationLists), and tells of none");
  const etag = `"${createHash("sha256").update(sha256.join()).digest("base64url").slice(0, 22)}"`;
  const headers = { etag, "cache-control": `public, max-age=${MAX_AGE_SECONDS}` };
  return isKnownToCaller(event, etag) ? empty(304, headers) : json(200, { sha256 }, headers);
}

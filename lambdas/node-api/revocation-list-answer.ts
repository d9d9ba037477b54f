import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { RefusalError } from "../../core/refusal.ts";
import type { RevocationList } from "../../core/revocation/list-directory.ts";
import { isKnownToCaller } from "../http/entity-tag.ts";
import { empty, text } from "../http/response.ts";

/** A revocation reaches whoever fetches lists within this time, after the reconciliation that lists it. */
const MAX_AGE_SECONDS = 300;

/** RFC 5280 section 4.2.1.13: DER, as `application/pkix-crl` (RFC 2585 section 4.2). @throws RefusalError `not_found` */
export function revocationListAnswer(
  event: APIGatewayProxyEventV2,
  list: RevocationList | undefined,
  now: Date,
): APIGatewayProxyStructuredResultV2 {
  if (list === undefined) throw new RefusalError("not_found", "there is no such revocation list");
  const { number, thisUpdate, nextUpdate } = list.published;
  const etag = `"${number}"`;
  // No cache keeps it beyond its next update.
  const leftSeconds = Math.floor((nextUpdate.getTime() - now.getTime()) / 1000);
  const headers = {
    etag,
    "cache-control": `public, max-age=${Math.max(0, Math.min(MAX_AGE_SECONDS, leftSeconds))}`,
    "last-modified": thisUpdate.toUTCString(),
  };
  if (isKnownToCaller(event, etag)) return empty(304, headers);
  const body = Buffer.from(list.der).toString("base64");
  return { ...text(200, "application/pkix-crl", body, headers), isBase64Encoded: true };
}

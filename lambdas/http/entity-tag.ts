import type { APIGatewayProxyEventV2 } from "aws-lambda";

/**
 * Whether the caller has this representation already (`If-None-Match`). The comparison is the weak one (RFC 9110 section
 * 13.1.2): a cache that compresses what it passes on makes a tag weak, CloudFront for one.
 */
export function isKnownToCaller({ headers }: APIGatewayProxyEventV2, etag: string): boolean {
  const known = headers["if-none-match"];
  if (known === undefined) return false;
  return known.split(",").some((tag) => ["*", etag, `W/${etag}`].includes(tag.trim()));
}

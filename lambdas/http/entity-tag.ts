import type { APIGatewayProxyEventV2 } from "aws-lambda";

/**
 * Whether the caller already has this representation (`If-None-Match`). Uses the weak comparison (RFC 9110 section
 * 13.1.2): a cache that compresses answers, such as CloudFront, makes a tag weak.
 */
export function isKnownToCaller({ headers }: APIGatewayProxyEventV2, etag: string): boolean {
  const known = headers["if-none-match"];
  if (known === undefined) return false;
  return known.split(",").some((tag) => ["*", etag, `W/${etag}`].includes(tag.trim()));
}

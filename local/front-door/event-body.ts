import type { IncomingMessage } from "node:http";

/** Media types that an HTTP API passes on as text. All others, and bodies without one, are in base64. */
const TEXT_TYPES =
  /^(?:text\/.+|application\/(?:json|xml|javascript|x-www-form-urlencoded|[^;\s]+\+json|[^;\s]+\+xml))$/;

export function isTextType(contentType: string | undefined): boolean {
  const mediaType = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return TEXT_TYPES.test(mediaType);
}

/** An empty body is absent. */
export function eventBody(
  { headers }: IncomingMessage,
  body: Buffer,
): { readonly body?: string; readonly isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  // Compressed text is binary.
  const isText = isTextType(headers["content-type"]) && headers["content-encoding"] === undefined;
  return isText
    ? { body: body.toString("utf8"), isBase64Encoded: false }
    : { body: body.toString("base64"), isBase64Encoded: true };
}

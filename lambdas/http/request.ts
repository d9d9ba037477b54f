import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type * as z from "zod/mini";
import { RefusalError } from "../../core/refusal.ts";
import { normalHttpsUrl } from "../../core/input/https-url.ts";
import { checked } from "../../core/input/schema.ts";

/** Reads requests as API Gateway passes them on (payload format 2.0). Header names are lower case. */

/** The largest CSR takes 13 KiB in JSON, and a proof takes as much again. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * The credential of an `Authorization: Bearer` header, behind one blank or more (RFC 9110 section 11.4). Identity tokens
 * are the longest.
 */
export function bearerToken({ headers }: APIGatewayProxyEventV2): string | undefined {
  return /^Bearer +([^\s]{1,10240})$/i.exec(headers["authorization"] ?? "")?.[1];
}

/** When the front door received the request. */
export function arrivedAt({ requestContext }: APIGatewayProxyEventV2): Date {
  return new Date(requestContext.timeEpoch);
}

/** The URL that the caller used, in its one spelling, for which a proof must be made. */
export function endpointUrl({ requestContext, rawPath }: APIGatewayProxyEventV2): string {
  const url = `https://${requestContext.domainName}${rawPath}`;
  return normalHttpsUrl(url) ?? url;
}

/**
 * Where the caller reached the service, with the port: the host's name alone is in the event's context, and behind
 * another port than HTTPS' own nobody would find it there.
 */
export function urlAsReached({ requestContext: { domainName }, headers }: APIGatewayProxyEventV2): string {
  const host = headers["host"]?.toLowerCase() ?? "";
  const hasPort = /^:\d{1,5}$/.test(host.slice(domainName.length)) && host.startsWith(domainName.toLowerCase());
  return `https://${hasPort ? host : domainName}`;
}

/** The media type without parameters, lower case. */
export function mediaType({ headers }: APIGatewayProxyEventV2): string {
  return (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Whether the caller prefers this media type to JSON. */
export function prefers({ headers }: APIGatewayProxyEventV2, type: string): boolean {
  return (headers["accept"] ?? "")
    .toLowerCase()
    .split(",")
    .some((range) => range.split(";", 1)[0]?.trim() === type);
}

/** @throws RefusalError `too_large`; `malformed_request` when there is none */
export function bodyOf({ body, isBase64Encoded }: APIGatewayProxyEventV2): Buffer<ArrayBuffer> {
  if (body === undefined || body === "") throw new RefusalError("malformed_request", "the request has no body");
  // Base64 is a third longer than its content.
  if (body.length > (MAX_BODY_BYTES * 4) / 3 + 4) throw tooLarge(Math.floor((body.length * 3) / 4));
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > MAX_BODY_BYTES) throw tooLarge(bytes.length);
  return bytes;
}

function tooLarge(bytes: number): RefusalError {
  return new RefusalError("too_large", `the body has about ${bytes} bytes, allowed are ${MAX_BODY_BYTES}`);
}

/** @throws RefusalError `unsupported_media_type` */
export function unsupportedMediaType(event: APIGatewayProxyEventV2, allowed: readonly string[]): RefusalError {
  return new RefusalError(
    "unsupported_media_type",
    `the content type is ${JSON.stringify(mediaType(event))}, allowed are ${allowed.join(", ")}`,
  );
}

/** A JSON body of this shape. @throws RefusalError `unsupported_media_type`, `too_large`, `malformed_request` */
export function jsonBody<T>(event: APIGatewayProxyEventV2, schema: z.ZodMiniType<T>): T {
  if (mediaType(event) !== "application/json") throw unsupportedMediaType(event, ["application/json"]);
  return checked(schema, parseJson(bodyOf(event)), "the body");
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    // The parser's own message quotes the body, which may hold a secret. Too deep a body is a RangeError.
    if (cause instanceof SyntaxError || cause instanceof RangeError || cause instanceof TypeError) {
      throw new RefusalError("malformed_request", "the body is not JSON in UTF-8");
    }
    throw cause;
  }
}

/** A whole number in the query. @throws RefusalError `malformed_request` */
export function wholeNumber(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(value))
    throw new RefusalError("malformed_request", `"${name}" must be a whole number`, { field: name });
  return Number(value);
}

/**
 * @throws RefusalError `malformed_request` for unknown members of the query: a misspelled filter must not match
 * everything
 */
export function queryOf<const Name extends string>(
  { queryStringParameters }: APIGatewayProxyEventV2,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const query: Partial<Record<string, string>> = queryStringParameters ?? {};
  const allowed: readonly string[] = names;
  const foreign = Object.keys(query).find((name) => !allowed.includes(name));
  if (foreign !== undefined) {
    // The field is logged. Other text, which may be a token, is not repeated.
    const isName = /^\w{1,32}$/.test(foreign);
    const what = isName ? `no member "${foreign}"` : "a member of no name";
    throw new RefusalError(
      "malformed_request",
      `the query has ${what}, allowed are ${names.join(", ") || "none"}`,
      isName ? { field: foreign } : {},
    );
  }
  return query;
}

/** A parameter of the path. The route has it, so it is present. */
export function pathParameter({ pathParameters }: APIGatewayProxyEventV2, name: string): string {
  return pathParameters?.[name] ?? "";
}

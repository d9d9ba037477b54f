import { bodyOf, mediaType } from "../../../http/request.ts";
import { duplicateMembers } from "./duplicate-members.ts";
import { decodeEnvelope } from "./envelope.ts";
import { JSON_TYPE, PROTOBUF_TYPE } from "../protocol/media-type.ts";
import { ProtobufError } from "./protobuf.ts";
import type { KubernetesRequest } from "../protocol/request.ts";
import { badRequest, StatusError } from "../protocol/status.ts";

/** A body before validation: an object of some kind. */
export interface ObjectBody {
  readonly object: Readonly<Record<string, unknown>>;
  /** Members that occur twice. The last one counts, as in Go. */
  readonly duplicates: readonly string[];
}

/**
 * Reads a body in JSON or protobuf. A client that sends protobuf has no fallback (K7.5), so both are always accepted.
 *
 * @throws StatusError BadRequest, UnsupportedMediaType; RefusalError `too_large`
 */
export function objectBody({ event }: KubernetesRequest): ObjectBody {
  const type = mediaType(event) || JSON_TYPE;
  if (type === PROTOBUF_TYPE) return { object: protobufObject(bodyOf(event)), duplicates: [] };
  if (type !== JSON_TYPE) {
    throw new StatusError(
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${JSON_TYPE}, ${PROTOBUF_TYPE}`,
    );
  }
  const text = utf8(bodyOf(event));
  return { object: jsonObject(text), duplicates: duplicateMembers(text) };
}

/** The same for a body that may be missing, such as that of a deletion. */
export function optionalObjectBody(request: KubernetesRequest): ObjectBody | undefined {
  const { body } = request.event;
  return body === undefined || body === "" ? undefined : objectBody(request);
}

function protobufObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return decodeEnvelope(bytes);
  } catch (error) {
    if (error instanceof ProtobufError) throw badRequest(`the protobuf body cannot be decoded: ${error.message}`);
    throw error;
  }
}

/** @throws StatusError */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  const value = jsonValue(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badRequest("couldn't get version/kind; json parse error: the body is not a JSON object");
  }
  return { ...value };
}

/** @throws StatusError */
export function jsonValue(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (isTooDeep(text)) throw badRequest(`the body is nested deeper than ${MAX_DEPTH} levels`);
    return value;
  } catch (error) {
    // The parser's message quotes the body, which may hold a secret. Too deep a body is a RangeError.
    if (error instanceof SyntaxError || error instanceof RangeError)
      throw badRequest("couldn't get version/kind; json parse error: the body is not JSON");
    throw error;
  }
}

/** Our objects have less than ten levels. Thousands of levels would overflow the stack of recursive code. */
const MAX_DEPTH = 64;

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/**
 * Decodes base64 in JSON, as Go does: CR and LF are skipped, so lines of 76 characters are accepted, and blanks are not
 * (encoding/base64, `StdEncoding`).
 *
 * @throws StatusError BadRequest for invalid base64
 */
export function base64Member(wrapped: string, field: string): Buffer<ArrayBuffer> {
  const text = wrapped.replace(/[\r\n]/g, "");
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  if (!isBase64) {
    const hint = /[ \t]/.test(text) ? ": it may hold line ends and no blanks" : "";
    throw badRequest(`illegal base64 data in the field ${field}${hint}`);
  }
  return Buffer.from(text, "base64");
}

/** @throws StatusError */
export function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    if (cause instanceof TypeError) throw badRequest("the body is not UTF-8");
    throw cause;
  }
}

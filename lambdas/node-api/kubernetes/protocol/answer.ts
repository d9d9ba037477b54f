import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { empty, json, text } from "../../../http/response.ts";
import type { KubernetesRequest } from "./request.ts";
import { failureStatus, type StatusError } from "./status.ts";

export type Answer = APIGatewayProxyStructuredResultV2;

export function object(statusCode: number, body: unknown, warnings: readonly string[] = []): Answer {
  return json(statusCode, body, warningHeader(warnings));
}

/** kube-apiserver's limit. API Gateway refuses answers with more than 10,240 bytes of headers. */
const MAX_WARNING_CHARACTERS = 256;
const MAX_HEADER_CHARACTERS = 4096;

/** Warning 299 without an agent (RFC 7234), which kubectl prints. */
function warningHeader(warnings: readonly string[]): Readonly<Record<string, string>> {
  if (warnings.length === 0) return {};
  // Commas separate warnings. Characters that are not allowed in a header are left out.
  const quoted = warnings.map((warning) => {
    const short = warning.length > MAX_WARNING_CHARACTERS ? `${warning.slice(0, MAX_WARNING_CHARACTERS)}...` : warning;
    return `299 - "${short.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "\\$&")}"`;
  });
  let length = 0;
  const fitting = quoted.filter((warning) => (length += warning.length + 2) <= MAX_HEADER_CHARACTERS);
  return { warning: fitting.join(", ") };
}

export function failure(error: StatusError): Answer {
  const { retryAfterSeconds } = error.details ?? {};
  return json(error.code, failureStatus(error), {
    ...(error.code === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(error.allow === undefined ? {} : { allow: error.allow.join(", ") }),
    ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
  });
}

/** The same path without the slash at its end: there it has its own throttle, and runs in its own function. */
export function withoutFinalSlash({ event, segments }: KubernetesRequest): Answer {
  const query = event.rawQueryString === "" ? "" : `?${event.rawQueryString}`;
  return empty(308, { location: `/${segments.map(encodeURIComponent).join("/")}${query}` });
}

export function success(details: Readonly<Record<string, string>>): Answer {
  return json(200, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
}

/** Newline-delimited JSON: the whole watch in one body, because a function answers once. */
export function events(lines: readonly unknown[]): Answer {
  return text(200, "application/json", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

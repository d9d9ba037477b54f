import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { json, text } from "../../http/response.ts";
import { failureStatus, type StatusError } from "./status.ts";

export type Answer = APIGatewayProxyStructuredResultV2;

export function object(statusCode: number, body: unknown, warnings: readonly string[] = []): Answer {
  return json(statusCode, body, warningHeader(warnings));
}

/** RFC 7234's agent-less warning 299: kubectl prints it. */
function warningHeader(warnings: readonly string[]): Readonly<Record<string, string>> {
  if (warnings.length === 0) return {};
  // Commas part warnings; what may not stand in a header is left out.
  const quoted = warnings.map(
    (warning) => `299 - "${warning.replace(/[^\x20-\x7e]/g, "?").replace(/["\\]/g, "\\$&")}"`,
  );
  return { warning: quoted.join(", ") };
}

export function failure(error: StatusError): Answer {
  const { retryAfterSeconds } = error.details ?? {};
  return json(error.code, failureStatus(error), {
    ...(error.code === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
  });
}

export function success(details: Readonly<Record<string, string>>): Answer {
  return json(200, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
}

/** Newline-delimited JSON: the whole of a watch, for a function answers once. */
export function events(lines: readonly unknown[]): Answer {
  return text(200, "application/json", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** An HTTP answer ready to be sent. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

/** The answers of API Gateway itself, without calling the function or in place of its answer. */
export function gatewayAnswer(statusCode: GatewayStatus): Answer {
  return {
    statusCode,
    headers: { "content-type": "application/json" },
    cookies: [],
    body: Buffer.from(JSON.stringify({ message: GATEWAY_MESSAGES[statusCode] })),
  };
}

const GATEWAY_MESSAGES = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  413: "Request Entity Too Large",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

export type GatewayStatus = keyof typeof GATEWAY_MESSAGES;

/**
 * A function's result → API Gateway's answer (payload format 2.0). With a `statusCode` it describes the answer. Without
 * one it is the body. Undefined when it is malformed.
 */
export function answerOf(result: unknown): Answer | undefined {
  const json = toJson(result);
  if (json === undefined) return undefined;
  const value: unknown = JSON.parse(json);
  if (typeof value !== "object" || value === null || !("statusCode" in value)) {
    const body = typeof value === "string" ? value : json;
    return { statusCode: 200, headers: { "content-type": "application/json" }, cookies: [], body: Buffer.from(body) };
  }
  return describedAnswer({ headers: {}, cookies: [], body: "", isBase64Encoded: false, ...value });
}

/** Results pass from Lambda to API Gateway as JSON. A missing result is `null` there. */
function toJson(result: unknown): string | undefined {
  try {
    return JSON.stringify(result ?? null);
  } catch {
    return undefined;
  }
}

interface DescribedAnswer {
  readonly statusCode: unknown;
  readonly headers: unknown;
  readonly cookies: unknown;
  readonly body: unknown;
  readonly isBase64Encoded: unknown;
}

function describedAnswer({ statusCode, headers, cookies, body, isBase64Encoded }: DescribedAnswer): Answer | undefined {
  const isStatus =
    typeof statusCode === "number" && Number.isInteger(statusCode) && statusCode >= 200 && statusCode < 600;
  const headerTexts = textValues(headers ?? {});
  const cookieTexts = cookies ?? [];
  const bodyText = body ?? "";
  if (!isStatus || headerTexts === undefined || !isTexts(cookieTexts) || typeof bodyText !== "string") return undefined;
  return {
    statusCode,
    headers: { "content-type": "text/plain; charset=utf-8", ...headerTexts },
    cookies: cookieTexts,
    body: Buffer.from(bodyText, isBase64Encoded === true ? "base64" : "utf8"),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function textValues(headers: unknown): Record<string, string> | undefined {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) return undefined;
  const entries: [string, string][] = [];
  for (const [name, value] of Object.entries(headers) as [string, unknown][]) {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return undefined;
    entries.push([name.toLowerCase(), String(value)]);
  }
  return Object.fromEntries(entries);
}

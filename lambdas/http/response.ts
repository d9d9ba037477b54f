import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

type Headers = Readonly<Record<string, string>>;

/** Answers hold certificates and tokens: no cache may keep a copy. */
const UNCACHED: Headers = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

export function json(statusCode: number, body: unknown, headers: Headers = {}): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { ...UNCACHED, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}

export function text(
  statusCode: number,
  contentType: string,
  body: string,
  headers: Headers = {},
): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { ...UNCACHED, "content-type": contentType, ...headers }, body };
}

/** The answer to a HEAD: what a GET would get, without its body. */
export function headOf(answer: APIGatewayProxyStructuredResultV2): APIGatewayProxyStructuredResultV2 {
  return {
    ...(answer.statusCode === undefined ? {} : { statusCode: answer.statusCode }),
    ...(answer.headers === undefined ? {} : { headers: answer.headers }),
  };
}

export function empty(statusCode: number, headers: Headers = {}): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { ...UNCACHED, ...headers } };
}

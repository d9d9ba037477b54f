import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { sourceIpOf } from "./source-ip.ts";

/** Hop-by-hop headers (RFC 9110 section 7.6.1), and cookies, which the event has in another member. */
const LEFT_OUT = ["connection", "cookie", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/** Lower-case names, repeated headers joined by commas, and the headers that API Gateway adds. */
export function eventHeaders(request: IncomingMessage, bodyBytes: number): Record<string, string> {
  const kept = Object.entries(request.headersDistinct).filter(([name]) => !LEFT_OUT.includes(name));
  const headers: Record<string, string> = Object.fromEntries(
    kept.map(([name, values]) => [name, (values ?? []).join(",")]),
  );
  const forwardedFor = headers["x-forwarded-for"];
  return {
    ...headers,
    "content-length": String(bodyBytes),
    "x-amzn-trace-id": headers["x-amzn-trace-id"] ?? randomTraceId(),
    "x-forwarded-for": forwardedFor === undefined ? sourceIpOf(request) : `${forwardedFor}, ${sourceIpOf(request)}`,
    "x-forwarded-port": String(request.socket.localPort ?? 443),
    "x-forwarded-proto": "https",
  };
}

export function eventCookies({ headersDistinct }: IncomingMessage): string[] {
  return (headersDistinct["cookie"] ?? [])
    .flatMap((header) => header.split(";"))
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== "");
}

function randomTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString("hex")}`;
}

import type { ServiceRequest, ServiceResponse } from "../../../agent/service/exchange.ts";

export type RouteName = "enrol" | "state" | "renew" | "confirm" | "window" | "bundle" | "discovery";

export function routeOf({ method, url }: ServiceRequest): RouteName | undefined {
  const path = `${method} ${url.pathname}`;
  if (path === "POST /v1/certificates") return "enrol";
  if (path === "POST /v1/certificates/renew") return "renew";
  if (path === "GET /v1/trust-bundle") return "bundle";
  if (/^GET \/v1\/discovery\/[^/]+$/.test(path)) return "discovery";
  if (/^POST \/v1\/certificates\/[^/]+\/confirmation$/.test(path)) return "confirm";
  if (/^GET \/v1\/certificates\/[^/]+\/renewal-window$/.test(path)) return "window";
  return /^GET \/v1\/certificates\/[^/]+$/.test(path) ? "state" : undefined;
}

export function problem(
  status: number,
  code: string,
  detail: string,
  headers: Record<string, string> = {},
): ServiceResponse {
  const body = { type: `https://nodeseal.dev/problems/${code}`, title: code, status, detail, code };
  return { status, headers: { "content-type": "application/problem+json", ...headers }, body: JSON.stringify(body) };
}

export function json(status: number, body: object, headers: Record<string, string> = {}): ServiceResponse {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

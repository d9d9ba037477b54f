import type { ServiceRequest, ServiceResponse } from "../../../agent/service/exchange.ts";
import {
  dateMember,
  isJsonObject,
  numberMember,
  parseJsonObject,
  stringMember,
  type JsonObject,
} from "../../../core/input/json-object.ts";

const NEXT: Readonly<Record<string, string>> = {
  request_voided: "new-key",
  invalid_token: "join",
  token_spent: "join",
  certificate_expired: "join",
  certificate_revoked: "join",
  certificate_superseded: "join",
  rate_limited: "retry",
  request_in_progress: "retry",
  signer_busy: "retry",
  internal: "retry",
};

/** The headers that stand beside a JSON answer, and PEM in its place for who asks for that (docs/api.md). */
export function forShells(request: ServiceRequest, response: ServiceResponse, now: Date): ServiceResponse {
  const body = parseJsonObject(response.body) ?? {};
  const headers = { ...headersOf(response.status, body, now), ...response.headers };
  const isBundle = Array.isArray(body["authorities"]);
  const time = isBundle ? {} : { "nodeseal-time": String(Math.floor(now.getTime() / 1000)) };
  const pem = pemOf(body);
  const type = request.headers["accept"] ?? "";
  if (pem === undefined || type === "application/json") return { ...response, headers: { ...headers, ...time } };
  return { ...response, headers: { ...headers, ...time, "content-type": type }, body: pem };
}

function headersOf(status: number, body: JsonObject, now: Date): Record<string, string> {
  const code = stringMember(body, "code");
  if (code !== undefined) return problemHeaders(code, stringMember(body, "detail") ?? "");
  const [name, sequence] = [stringMember(body, "name"), numberMember(body, "trustBundleSequence")];
  const [after, before] = [dateMember(body, "renewAfter"), dateMember(body, "renewBefore")];
  return {
    ...(name === undefined ? {} : { "nodeseal-request": name }),
    "nodeseal-next": status === 202 ? "wait" : after !== undefined && after <= now ? "renew" : "keep",
    ...(after === undefined ? {} : { "nodeseal-renew-after": wholeSeconds(after) }),
    ...(before === undefined ? {} : { "nodeseal-renew-before": wholeSeconds(before) }),
    "nodeseal-trust-bundle": String(sequence ?? numberMember(body, "sequence")),
  };
}

function problemHeaders(code: string, detail: string): Record<string, string> {
  const text = detail.replace(/[^ -~]/g, "?").slice(0, 500);
  return { "nodeseal-code": code, "nodeseal-next": NEXT[code] ?? "stop", "nodeseal-detail": text };
}

function pemOf({ certificate, authorities }: JsonObject): string | undefined {
  if (typeof certificate === "string") return certificate;
  if (!Array.isArray(authorities)) return undefined;
  return authorities
    .map((authority) => (isJsonObject(authority) ? stringMember(authority, "certificate") : ""))
    .join("");
}

function wholeSeconds(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, "Z");
}

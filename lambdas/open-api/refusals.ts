import { REFUSAL_CODES, type RefusalCode } from "../../core/refusal.ts";
import { STATUS, TITLES } from "../http/problem.ts";
import { headers } from "./headers.ts";
import type { Answer } from "./operation.ts";

/** Every route may answer so: its tables or its function are busy. */
export const EVERYWHERE: readonly RefusalCode[] = ["rate_limited"];

/** What API Gateway answers in place of the function: throttled, too large, no signature, no certificate. */
const BY_GATEWAY: ReadonlySet<number> = new Set([400, 403, 413, 429, 500, 503]);

const OF_STATUS: Readonly<Partial<Record<number, Parameters<typeof headers>>>> = {
  401: ["WWW-Authenticate"],
  429: ["Retry-After"],
  503: ["Retry-After"],
};

/** Refused before there is a route. */
const OF_NO_ROUTE: ReadonlySet<RefusalCode> = new Set(["method_not_allowed"]);

/** `Conflict`, `TooManyRequests`. */
export function componentOf(status: number): string {
  return (TITLES[status] ?? String(status)).replaceAll(" ", "");
}

/** One for each status, with all its codes: which of them a route has is said there. */
export function refusalResponses(): Readonly<Record<string, Answer>> {
  const ofCodes = REFUSAL_CODES.filter((code) => !OF_NO_ROUTE.has(code)).map((code) => STATUS[code]);
  const statuses = [...new Set([...ofCodes, 500])].sort((one, other) => one - other);
  return Object.fromEntries(statuses.map((status) => [componentOf(status), refusalResponse(status)]));
}

function refusalResponse(status: number): Answer {
  const codes: readonly string[] =
    status === 500 ? ["internal"] : REFUSAL_CODES.filter((code) => STATUS[code] === status);
  const problem = { $ref: "#/components/schemas/Problem" };
  return {
    description: TITLES[status] ?? "",
    headers: headers(
      "Nodeseal-Code",
      "Nodeseal-Next",
      "Nodeseal-Detail",
      "Nodeseal-Time",
      ...(OF_STATUS[status] ?? []),
    ),
    content: {
      "application/problem+json": {
        schema: {
          allOf: [problem, { type: "object", properties: { status: { const: status }, code: { enum: codes } } }],
        },
      },
      ...(BY_GATEWAY.has(status)
        ? { "application/json": { schema: { $ref: "#/components/schemas/GatewayMessage" } } }
        : {}),
    },
  };
}

/** References to the answers of a route's refusals, each with the codes that it is for. */
export function refusalsOf(codes: readonly RefusalCode[]): Readonly<Record<string, unknown>> {
  const all = [...new Set([...codes, ...EVERYWHERE])];
  const statuses = [...new Set([...all.map((code) => STATUS[code]), 403, 500, 503])].sort((one, other) => one - other);
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      {
        $ref: `#/components/responses/${componentOf(status)}`,
        description: meaningOf(
          status,
          all.filter((code) => STATUS[code] === status),
        ),
      },
    ]),
  );
}

function meaningOf(status: number, codes: readonly RefusalCode[]): string {
  if (status === 500) return "`internal`";
  if (codes.length === 0) return "By API Gateway alone";
  return codes.map((code) => `\`${code}\``).join(", ");
}

interface Described {
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

const MOMENT = { type: "string", format: "date-time" };
const NUMBER = { type: "integer", minimum: 0 };

/** What answers say beside their bodies, for agents that read no JSON (`lambdas/node-api/agent-headers.ts`, `lambdas/http/problem.ts`). */
export const HEADERS = {
  "Nodeseal-Next": {
    description:
      "What to do: keep the certificate, renew it now, wait for approval, retry the same request, make a new-key and ask " +
      "again, join with another token, or stop until a person has changed something",
    schema: { enum: ["keep", "renew", "wait", "retry", "new-key", "join", "stop"] },
  },
  "Nodeseal-Time": { description: "The service's clock, in seconds since 1970", schema: NUMBER },
  "Nodeseal-Request": { description: "`name` of the request", schema: { type: "string" } },
  "Nodeseal-Trust-Bundle": { description: "The sequence of the trust bundle", schema: NUMBER },
  "Nodeseal-Renew-After": { description: "`renewAfter`", schema: MOMENT },
  "Nodeseal-Renew-Before": { description: "`renewBefore`", schema: MOMENT },
  "Nodeseal-Renew-After-Seconds": { description: "How long until then, 0 once it has passed", schema: NUMBER },
  "Nodeseal-Code": { description: "`code` of the problem", schema: { type: "string", pattern: "^[a-z_]+$" } },
  "Nodeseal-Detail": {
    description: "`detail` of the problem in one line of printable ASCII, cut off at 500 characters",
    schema: { type: "string" },
  },
  "Nodeseal-Discovery": { description: "A compact JWS of the token's key", schema: { type: "string" } },
  "Retry-After": { description: "Seconds", schema: NUMBER },
  Location: { description: "Where the state of the request can be asked for", schema: { type: "string" } },
  ETag: { description: "Of this representation, for `If-None-Match`", schema: { type: "string" } },
  "Cache-Control": { description: "How long a cache may keep it", schema: { type: "string" } },
  "Last-Modified": { description: "When the list was made", schema: { type: "string" } },
  Vary: { description: "The request headers that the answer depends on", schema: { type: "string" } },
  "WWW-Authenticate": { description: "Bearer", schema: { type: "string" } },
} as const satisfies Readonly<Record<string, Described>>;

/** References to the headers of one answer. */
export function headers(...names: (keyof typeof HEADERS)[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

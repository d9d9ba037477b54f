import { humanDuration } from "../output/human-duration.ts";
import { grantsFor } from "../../core/rights/administrator-right.ts";
import type { Answer, OutgoingRequest } from "./exchange.ts";

/** The access key that signed a request, and when by this machine's clock. */
export interface Signatory {
  readonly accessKeyId: string;
  readonly region: string;
  readonly signedAt: Date;
}

/** AWS' tolerance, in both directions. */
const MAX_CLOCK_SKEW_SECONDS = 5 * 60;

/**
 * API Gateway answers "Forbidden" to a wrong key, a wrong region, a wrong clock and a missing permission alike. The
 * answer's date reveals a wrong clock. The other causes are listed for the operator, the most likely first.
 */
export function forbiddenMessage(
  { method, url }: OutgoingRequest,
  { headers }: Answer,
  message: string,
  signatory: Signatory | undefined,
): string {
  if (signatory === undefined) return `${url.host} refuses ${method} ${url.pathname}: ${message || "forbidden"}`;
  const skewSeconds = clockSkewSeconds(headers["date"], signatory.signedAt);
  if (Math.abs(skewSeconds) > MAX_CLOCK_SKEW_SECONDS) {
    const direction = skewSeconds > 0 ? "behind" : "ahead of";
    return `forbidden, because this machine's clock is ${humanDuration(Math.abs(skewSeconds))} ${direction} the service's; set it (AWS allows 5 minutes)`;
  }
  if (/expired/i.test(message)) return `these AWS credentials have expired; get new ones (${message})`;
  return (
    `forbidden: ${url.host} does not accept access key ${signatory.accessKeyId} in region ${signatory.region} for ${method} ${url.pathname}; ` +
    `check AWS_PROFILE or AWS_ACCESS_KEY_ID, AWS_REGION, and that the key may execute-api:Invoke it${byGrants(method, url)} ` +
    "(a local service: source <data-dir>/env again)"
  );
}

/** Which rights of the construct have it, so that the right one can be asked for. */
function byGrants(method: string, { pathname }: URL): string {
  const grants = grantsFor(method, pathname);
  // All may view, and an admin may all: the least is what to ask for.
  const least = grants[0] === "grantViewer" ? ["grantViewer"] : grants.filter((grant) => grant !== "grantAdmin");
  return least.length === 0 ? "" : `, as ${least.join(" or ")} of the construct allows`;
}

/** How far the service's clock is ahead of this machine's. */
function clockSkewSeconds(date: string | undefined, signedAt: Date): number {
  const milliseconds = Date.parse(date ?? "") - signedAt.getTime();
  return Number.isNaN(milliseconds) ? 0 : milliseconds / 1000;
}

import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { RenewalInfo } from "../../core/renewal/renewal-info.ts";
import { json } from "../http/response.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import { windowHeaders } from "./agent-headers.ts";

/** As RFC 9773 section 4.3 has it: the window, and in `Retry-After` when to ask again. */
export function renewalWindowAnswer(
  { suggestion, trustBundleSequence, pollAfterSeconds }: RenewalInfo,
  now: Date,
): APIGatewayProxyStructuredResultV2 {
  const { renewAfter, renewBefore, reason } = suggestion;
  return json(
    200,
    { renewAfter: rfc3339(renewAfter), renewBefore: rfc3339(renewBefore), reason, trustBundleSequence },
    { "retry-after": String(pollAfterSeconds), ...windowHeaders(suggestion, trustBundleSequence, now) },
  );
}

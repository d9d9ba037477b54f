import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from "aws-lambda";

/** CloudFormation takes no more than 4,096 bytes of answer; a reason is all in it that could grow. */
const MOST_REASON_CHARACTERS = 1000;
const TIMEOUT_MILLISECONDS = 10_000;
const ATTEMPTS = 3;

export type Outcome =
  | { readonly status: "SUCCESS"; readonly data: Readonly<Record<string, string>> }
  | { readonly status: "FAILED"; readonly reason: string };

export type Respond = (responseUrl: string, body: CloudFormationCustomResourceResponse) => Promise<void>;

export function customResourceResponse(
  { StackId, RequestId, LogicalResourceId }: CloudFormationCustomResourceEvent,
  physicalResourceId: string,
  outcome: Outcome,
): CloudFormationCustomResourceResponse {
  const common = { StackId, RequestId, LogicalResourceId, PhysicalResourceId: physicalResourceId };
  return outcome.status === "SUCCESS"
    ? { ...common, Status: "SUCCESS", Data: { ...outcome.data } }
    : { ...common, Status: "FAILED", Reason: outcome.reason.slice(0, MOST_REASON_CHARACTERS) };
}

/**
 * Tells CloudFormation, which waits for nothing else.
 *
 * @throws Error when it could not be told: Lambda then calls the function again
 */
export async function respond(responseUrl: string, body: CloudFormationCustomResourceResponse): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await fetch(responseUrl, {
        method: "PUT",
        // The URL is signed for a request without this header.
        headers: { "content-type": "" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      });
      if (answer.ok) return;
      throw new Error(`CloudFormation's answer to the response was ${answer.status}`);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

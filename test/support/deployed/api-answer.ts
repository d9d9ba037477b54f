import type { DeployedService, FunctionName } from "./deployed-service.ts";
import { httpEvent, type EventPlan } from "./http-event.ts";

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What a deployed function answers to a request, handed to it as API Gateway does. */
export async function answerOf(
  { functions }: DeployedService,
  functionName: FunctionName,
  plan: EventPlan,
): Promise<ApiAnswer> {
  const { statusCode, headers, body } = (await functions[functionName].invoke(httpEvent(plan))) as {
    readonly statusCode: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  return { status: statusCode, headers: headers ?? {}, text: body ?? "" };
}

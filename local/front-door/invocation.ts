import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "aws-lambda";
import { answerOf, gatewayAnswer, type Answer } from "./answer.ts";
import type { HttpEvent } from "./event.ts";
import type { HttpFunction } from "./route-table.ts";

export interface InvocationOptions {
  readonly region: string;
  readonly accountId: string;
  readonly timeoutMs: number;
  /**
   * Called with the error that the function threw, or when its answer was malformed. The client only gets a bare 500.
   */
  readonly onFault: (error: unknown) => void;
}

/** Calls the function as Lambda would, and turns its result into API Gateway's answer. */
export async function invoke(
  { name, handler }: HttpFunction,
  event: HttpEvent,
  options: InvocationOptions,
): Promise<Answer> {
  const waiting = new AbortController();
  const timeout = sleep(options.timeoutMs, TIMED_OUT, { signal: waiting.signal });
  try {
    const context = lambdaContext(name, options);
    const result = await Promise.race([Promise.resolve(handler(event, context)), timeout]);
    if (result === TIMED_OUT) return gatewayAnswer(503);
    const answer = answerOf(result);
    if (answer === undefined) throw new Error(`${name} gave a malformed answer to ${event.routeKey}`);
    return answer;
  } catch (error) {
    options.onFault(error);
    return gatewayAnswer(500);
  } finally {
    waiting.abort();
    // An aborted sleep rejects, which is no fault.
    timeout.catch(() => undefined);
  }
}

const TIMED_OUT = Symbol("timed out");

function lambdaContext(functionName: string, { region, accountId, timeoutMs }: InvocationOptions): Context {
  const deadline = Date.now() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:${region}:${accountId}:function:${functionName}`,
    memoryLimitInMB: "512",
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "local",
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    /* eslint-disable @typescript-eslint/no-deprecated -- the type demands these three of Node.js 0.10 */
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
    /* eslint-enable @typescript-eslint/no-deprecated */
  };
}

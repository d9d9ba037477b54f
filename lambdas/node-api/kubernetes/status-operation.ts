import { RefusalError } from "../../../core/refusal.ts";
import type { Operation } from "../../http/http-function.ts";
import type { Observer } from "../../observer.ts";
import { failure, type Answer } from "./protocol/answer.ts";
import { authenticate, type Caller, type CallerServices } from "./caller/caller.ts";
import { assertNoImpersonation } from "./caller/impersonation.ts";
import { statusOfRefusal } from "./protocol/refusal-status.ts";
import { kubernetesRequest, type KubernetesRequest } from "./protocol/request.ts";
import { StatusError } from "./protocol/status.ts";
import { assertWriteOptions } from "./body/write-options.ts";

/** Authenticates, answers, and makes a Status of every failure: a client of Kubernetes understands nothing else. */
export function statusOperation(
  services: CallerServices,
  observer: Observer,
  answer: (caller: Caller, request: KubernetesRequest) => Promise<Answer>,
): Operation {
  return async (event) => {
    const request = kubernetesRequest(event);
    try {
      const caller = await authenticate(services, request);
      assertNoImpersonation(caller, request);
      assertWriteOptions(request);
      return await answer(caller, request);
    } catch (error) {
      return failure(statusOf(error, request, observer));
    }
  };
}

function statusOf(error: unknown, { segments }: Pick<KubernetesRequest, "segments">, observer: Observer): StatusError {
  if (error instanceof RefusalError) return statusOf(statusOfRefusal(error, segments[4] ?? ""), { segments }, observer);
  if (error instanceof StatusError) {
    // Whatever words it was put into: alarms count the service's own.
    if (error.cause instanceof RefusalError) observer.refused(error.cause);
    return error;
  }
  observer.failed(error);
  return new StatusError("InternalError", "Internal error occurred");
}

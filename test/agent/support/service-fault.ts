import type { ServiceResponse } from "../../../agent/service/exchange.ts";
import { problem, type RouteName } from "./service-answer.ts";

/** What a test may do to the next request of a kind. */
export type Fault =
  | {
      readonly status: number;
      readonly code?: string;
      readonly detail?: string;
      readonly headers?: Record<string, string>;
    }
  | { readonly answer: ServiceResponse }
  /** The service never hears of it. */
  | "lost request"
  /** The service did it; nobody is told. */
  | "lost answer";

export class LostError extends Error {}

/** What is to happen to the requests that come, one after another, by route. */
export class ServiceFaults {
  readonly #waiting = new Map<RouteName, Fault[]>();

  add(route: RouteName, ...faults: Fault[]): void {
    this.#waiting.set(route, [...(this.#waiting.get(route) ?? []), ...faults]);
  }

  clear(): void {
    this.#waiting.clear();
  }

  /**
   * Lets the next fault of this route happen, or the request be answered as it should.
   *
   * @throws LostError when the connection is to be cut
   */
  async befall(route: RouteName, answer: () => Promise<ServiceResponse>): Promise<ServiceResponse> {
    const fault = this.#waiting.get(route)?.shift();
    if (fault === "lost request") throw new LostError();
    if (typeof fault === "object" && "answer" in fault) return fault.answer;
    if (typeof fault === "object") {
      return problem(fault.status, fault.code ?? "internal", fault.detail ?? "a fault", fault.headers);
    }
    const response = await answer();
    if (fault === "lost answer") throw new LostError();
    return response;
  }
}

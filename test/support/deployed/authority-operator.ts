import assert from "node:assert/strict";
import { answerOf } from "./api-answer.ts";
import type { DeployedService } from "./deployed-service.ts";
import type { EventPlan } from "./http-event.ts";

/** What the admin API says of CAs, as far as tests look. */
export interface ListedAuthorities {
  readonly items: readonly { readonly id: string; readonly state: string; readonly spkiSha256: string }[];
  readonly requests: readonly { readonly authorityId: string; readonly csr: string }[];
  readonly changeRequests: readonly { readonly number: number; readonly state: string; readonly reason: string }[];
}

/** Who looks after the CAs of a deployment through its APIs. */
export function authorityOperator(service: DeployedService) {
  /** The body of an answer that is no refusal. */
  const call = async (functionName: "node-api" | "admin-api", plan: EventPlan): Promise<string> => {
    const { status, text } = await answerOf(service, functionName, plan);
    assert.ok(status < 300, `${plan.routeKey}: ${text}`);
    return text;
  };
  const listed = async () =>
    JSON.parse(await call("admin-api", { routeKey: "GET /v1/admin/authorities" })) as ListedAuthorities;
  /** `issuing-g1 active`, in the bundle's order. */
  const states = async () => (await listed()).items.map(({ id, state }) => `${id} ${state}`);
  /** Asks, lets the schedule come due, and tells what has become of it: `held: why`. */
  const asked = async (
    act: "activate" | "retire",
    id: string,
    { force = false }: { readonly force?: boolean } = {},
  ): Promise<string> => {
    const routeKey = `POST /v1/admin/authorities/{id}/${act}`;
    const answer = await call("admin-api", { routeKey, path: { id }, body: { force } });
    const { number } = JSON.parse(answer) as { readonly number: number };
    await service.functions.authority.invoke(service.scheduledReconciliation);
    const changeRequest = (await listed()).changeRequests.find((one) => one.number === number);
    return `${changeRequest?.state ?? ""}: ${changeRequest?.reason ?? ""}`;
  };
  return { call, listed, states, asked };
}

import type { Operations } from "../http/http-function.ts";
import { json } from "../http/response.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import { administratorOf, type AdminServices } from "./services.ts";

/** Whom API Gateway authenticated, and the service's clock: AWS refuses signatures that are five minutes off. */
export function whoamiOperations({ clock }: Pick<AdminServices, "clock">) {
  return {
    "GET /v1/admin/whoami": (event) =>
      Promise.resolve(json(200, { principal: administratorOf(event), at: rfc3339(clock()) })),
  } satisfies Operations;
}

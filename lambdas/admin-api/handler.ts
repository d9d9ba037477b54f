import { httpFunction, type Operation } from "../http/http-function.ts";
import type { Observer } from "../observer.ts";
import type { HttpHandler } from "../route.ts";
import { authorityOperations } from "./authorities.ts";
import { certificateOperations } from "./certificates.ts";
import { nodeOperations } from "./nodes.ts";
import { requestOperations } from "./requests.ts";
import type { AdminApiRouteKey } from "./routes.ts";
import type { AdminServices } from "./services.ts";
import { tokenOperations } from "./tokens.ts";

/** What administrators call. Pure translation: every decision is the core's. */
export function adminApiHandler(services: AdminServices, observer: Observer): HttpHandler {
  const operations: Readonly<Record<AdminApiRouteKey, Operation>> = {
    ...tokenOperations(services),
    ...requestOperations(services),
    ...certificateOperations(services),
    ...nodeOperations(services),
    ...authorityOperations(services),
  };
  return httpFunction(operations, observer);
}

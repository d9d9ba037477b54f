import { ADAPTERS_ROOMS } from "./rooms/adapters.ts";
import { AGENT_ROOMS } from "./rooms/agent.ts";
import { CLI_ROOMS } from "./rooms/cli.ts";
import { CORE_ROOMS } from "./rooms/core.ts";
import { INFRA_ROOMS } from "./rooms/infra.ts";
import { LAMBDAS_ROOMS } from "./rooms/lambdas.ts";
import { LOCAL_ROOMS } from "./rooms/local.ts";
import { PACKAGING_ROOMS } from "./rooms/packaging.ts";

/**
 * The rooms of this project, and who may import whom. This table is the architecture: `test/architecture.test.ts` holds
 * the sources against it, and `picture.ts` draws it for docs/architecture.md. Each top-level folder has its part in `rooms/`.
 *
 * A room is a folder that holds files itself. `mayImport` names rooms ("core/asn1"), everything below a folder
 * ("core/"), single files ("lambdas/admin-api/routes.ts") and packages ("node:crypto"; "@aws-sdk/" is a scope).
 * Type-only imports are free: they vanish at run time.
 */
export interface Room {
  /** One line for the reader: what is found here. */
  readonly holds: string;
  readonly mayImport: readonly string[];
}

export const ROOMS: Readonly<Record<string, Room>> = {
  ...CORE_ROOMS,
  ...ADAPTERS_ROOMS,
  ...LAMBDAS_ROOMS,
  ...AGENT_ROOMS,
  ...CLI_ROOMS,
  ...LOCAL_ROOMS,
  ...INFRA_ROOMS,
  ...PACKAGING_ROOMS,
};

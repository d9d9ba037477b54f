import type { TableNames } from "../adapters/dynamodb/tables.ts";
import type { AuthorityStore } from "../core/authority/authority-store.ts";
import type { DeploymentConfiguration } from "../infra/configuration/deployment-configuration.ts";
import { administrationRoutes } from "../lambdas/admin-api/kubernetes-routes.ts";
import { routes as adminApiRoutes } from "../lambdas/admin-api/routes.ts";
import type {
  AdminApiEnvironment,
  KubernetesEnvironment,
  NodeApiEnvironment,
  RevocationListEnvironment,
} from "../lambdas/configuration.ts";
import { kubernetesRoutes, watchRoutes } from "../lambdas/node-api/kubernetes/routes.ts";
import { routes as nodeApiRoutes } from "../lambdas/node-api/routes.ts";
import type { HttpFunction } from "./front-door/route-table.ts";
import { startScheduledReconciliation } from "./scheduled-reconciliation.ts";
import { provision, type ProvisionedFiles } from "./provision.ts";

/** Variables of the functions that only this machine knows. Those of tables and queues belong to the deployment. */
export type HostEnvironment = Required<
  Pick<KubernetesEnvironment, "KUBERNETES_ADMINISTRATORS" | "KUBERNETES_CA_FILE">
> &
  Pick<AdminApiEnvironment, "TLS_CA_CERT_HASHES"> &
  Partial<RevocationListEnvironment> & { readonly POLICY_FILE: string };

/**
 * What is behind the front door, once KMS and DynamoDB answer at the endpoints in the environment. Here it is the
 * sources. Tests use the functions, tables, keys and routes of a cloud assembly instead.
 */
export interface LocalDeployment {
  /** Makes tables and CA at the first start, and finds them at later ones. */
  readonly provision: (configuration: DeploymentConfiguration, files: ProvisionedFiles) => Promise<AuthorityStore>;
  /** Loads the functions as Lambda does: first their environment, then their entry. */
  readonly load: (host: HostEnvironment) => Promise<readonly HttpFunction[]>;
  readonly close: () => Promise<void> | void;
}

export const REGION = "us-east-1";
/** The account number of AWS' examples. */
export const ACCOUNT_ID = "111122223333";

/** The names in a deployment with the default configuration. */
export const TABLE_NAMES: TableNames = {
  tokens: "nodeseal-tokens",
  nodes: "nodeseal-nodes",
  issuances: "nodeseal-issuances",
  authorities: "nodeseal-authorities",
};

/** The sources, in this process: the same entries that a deployment bundles. */
export function sourceDeployment(): LocalDeployment {
  const closers: (() => Promise<void>)[] = [];
  return {
    provision: async (configuration, files) => {
      process.env["POWERTOOLS_LOG_LEVEL"] ??= "WARN";
      const authorities = await provision(configuration, TABLE_NAMES, files);
      closers.push(startScheduledReconciliation(authorities).close);
      return authorities.services.authorities;
    },
    load: async (host) => {
      const tables: NodeApiEnvironment = {
        TOKENS_TABLE_NAME: TABLE_NAMES.tokens,
        NODES_TABLE_NAME: TABLE_NAMES.nodes,
        ISSUANCES_TABLE_NAME: TABLE_NAMES.issuances,
        AUTHORITIES_TABLE_NAME: TABLE_NAMES.authorities,
      };
      const kubernetes: Pick<KubernetesEnvironment, "KUBERNETES_API"> = { KUBERNETES_API: "enabled" };
      Object.assign(process.env, tables, kubernetes, host);
      const nodeApi = await import("../lambdas/node-api/index.ts");
      const adminApi = await import("../lambdas/admin-api/index.ts");
      return [
        {
          name: "node-api",
          routes: [...nodeApiRoutes, ...kubernetesRoutes, ...watchRoutes],
          handler: nodeApi.handler,
        },
        { name: "admin-api", routes: [...adminApiRoutes, ...administrationRoutes], handler: adminApi.handler },
      ];
    },
    close: async () => {
      for (const close of closers.splice(0)) await close();
    },
  };
}

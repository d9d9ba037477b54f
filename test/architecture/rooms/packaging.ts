import type { Room } from "../rooms.ts";

export const PACKAGING_ROOMS: Readonly<Record<string, Room>> = {
  packaging: {
    holds: "npm run pack: packages for people who have no checkout",
    mayImport: ["packaging/", "node:"],
  },
  "packaging/documents": {
    holds: "npm run documents: pages, schemas and OpenAPI that are made from sources",
    mayImport: [
      "core/",
      "infra/configuration",
      "lambdas/http",
      "lambdas/open-api",
      "packaging/npm",
      "zod/mini",
      "node:",
    ],
  },
  "packaging/release": {
    holds: "npm run release: what a tag makes and publishes",
    mayImport: ["packaging/content", "node:"],
  },
  "packaging/content": {
    holds: "what packages are made of: bundles, texts, notices, sums",
    mayImport: ["esbuild", "node:"],
  },
  "packaging/npm": {
    holds: "packages that npm installs: operator, agent, constructs",
    mayImport: ["infra/bundle", "packaging/content", "typescript", "node:"],
  },
  "packaging/linux": {
    holds: "executables of the agent; .deb and .rpm",
    mayImport: ["packaging/content", "postject", "yaml", "node:"],
  },
};

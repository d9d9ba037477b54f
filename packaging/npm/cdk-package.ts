import { documents, licence, page } from "../content/agent-files.ts";
import { bundle, type Bundle } from "../content/bundle.ts";
import { cdkDeclarations } from "./cdk-declarations.ts";
import { functionBundle } from "../../infra/bundle/function-bundle.ts";
import { BUNDLE_ALIASES, BUNDLE_MAIN_FIELDS } from "../../infra/bundle/settings.ts";
import type { FunctionName } from "../../infra/settings/function-role-name.ts";
import { writeNpmPackage } from "./npm-package.ts";
import { noticesOf, thirdPartyPackages } from "../content/third-party.ts";

const FUNCTIONS: readonly FunctionName[] = ["node-api", "admin-api", "authority", "events"];

/**
 * What the constructs are typed against and tried with, from the oldest that has all they use
 * (`test/packaging/heavy/oldest-cdk.ts`) up to the next major version.
 */
export const CDK_PEERS = { "aws-cdk-lib": "^2.254.0", constructs: "^10.5.0" } as const;

export function cdkBundle(): Promise<Bundle> {
  return bundle("__dirname", {
    entryPoints: { index: "infra/nodeseal-cdk.ts" },
    outExtension: { ".js": ".cjs" },
    // Apps may require it as well as import it, and must get the same classes.
    format: "cjs",
    target: "node20",
    minifySyntax: true,
    keepNames: true,
    external: ["aws-cdk-lib", "constructs"],
    plugins: [
      {
        name: "prebuilt",
        setup: (build) => {
          build.onResolve({ filter: /\/function-bundle\.ts$/ }, ({ resolveDir, kind }) =>
            build.resolve("./prebuilt-bundle.ts", { resolveDir, kind }),
          );
        },
      },
    ],
  });
}

/** The constructs for CDK apps of other people, compiled, with the functions' code ready made. */
export async function writeCdkPackage(output: string, { files, inputs }: Bundle): Promise<string> {
  const functions = FUNCTIONS.map((name): [string, Uint8Array] => [
    `functions/${name}/index.mjs`,
    functionBundle(name),
  ]);
  return writeNpmPackage(output, {
    manifest: {
      name: "nodeseal-cdk",
      description: "Serverless certificate signing as constructs for the AWS CDK",
      engines: { node: ">=20" },
      main: "./index.cjs",
      types: "./types/infra/nodeseal-cdk.d.ts",
      exports: {
        ".": { types: "./types/infra/nodeseal-cdk.d.ts", default: "./index.cjs" },
        "./package.json": "./package.json",
      },
      peerDependencies: CDK_PEERS,
    },
    files: new Map<string, string | Uint8Array>([
      ...files,
      ...functions,
      ...cdkDeclarations(),
      ...documents("schemas/configuration.schema.json", "schemas/policy.schema.json"),
      ["README.md", page("nodeseal-cdk.md")],
      ["LICENSE", licence()],
      ["THIRD-PARTY-NOTICES", noticesOf(thirdPartyPackages([...inputs, ...(await functionInputs())]))],
    ]),
    programs: [],
  });
}

/** What the functions' bundles are made of. */
export async function functionInputs(): Promise<readonly string[]> {
  const { inputs } = await bundle('""', {
    entryPoints: FUNCTIONS.map((name) => `lambdas/${name}/index.ts`),
    format: "esm",
    mainFields: [...BUNDLE_MAIN_FIELDS],
    alias: { ...BUNDLE_ALIASES },
  });
  return inputs;
}

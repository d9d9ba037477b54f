import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cdkContext } from "./cdk-context.ts";
import { madeOnce, testRunDirectory } from "./test-run.ts";

const KEPT_BUNDLES = new URL("kept-bundles.ts", import.meta.url).href;
const ROOT = join(import.meta.dirname, "../..");

export interface SynthesizedBundles {
  /** The cloud assembly. Read only: other test files read the same. */
  readonly directory: string;
  readonly stateTemplate: unknown;
  readonly serviceTemplate: unknown;
  /** Where the code of a function lies: `node-api`. */
  readonly bundleOf: (functionName: string) => string;
}

interface RawTemplate {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;
}

/**
 * The cloud assembly of a deployment, bundles and all, as `cdk synth` makes it: seconds of work, once a run.
 *
 * @param document a configuration in place of the default one; files it names lie beside the assembly
 */
export function synthesizedBundles(document?: unknown): SynthesizedBundles {
  const directory = assembly(document);
  const read = (name: string): RawTemplate =>
    JSON.parse(readFileSync(join(directory, `${name}.template.json`), "utf8")) as RawTemplate;
  const service = read("nodeseal");
  return {
    directory,
    stateTemplate: read("nodeseal-state"),
    serviceTemplate: service,
    bundleOf: (functionName) => {
      const [roleId = ""] =
        Object.entries(service.Resources).find(
          ([, { Type, Properties }]) =>
            Type === "AWS::IAM::Role" && JSON.stringify(Properties).includes(`nodeseal-${functionName}-`),
        ) ?? [];
      const code = Object.values(service.Resources).find(
        ({ Type, Properties }) =>
          Type === "AWS::Lambda::Function" && JSON.stringify(Properties).includes(`"${roleId}"`),
      );
      const [, hash = ""] = /"S3Key":"([0-9a-f]{64})\.zip"/.exec(JSON.stringify(code?.Properties)) ?? [];
      return join(directory, `asset.${hash}`);
    },
  };
}

function assembly(document: unknown): string {
  const name = createHash("sha256")
    .update(JSON.stringify(document ?? {}))
    .digest("hex")
    .slice(0, 16);
  const shared = testRunDirectory(`assembly-${name}`);
  if (shared !== undefined) return madeOnce(shared, (directory) => synthesize(directory, document));
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-assembly-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  synthesize(directory, document);
  return directory;
}

function synthesize(directory: string, document: unknown): void {
  const config = join(directory, "configuration.json");
  if (document !== undefined) writeFileSync(config, JSON.stringify(document));
  const context = { ...cdkContext(), ...(document === undefined ? {} : { config }) };
  const { status, stderr } = spawnSync(process.execPath, ["--import", KEPT_BUNDLES, "infra/app.ts"], {
    cwd: ROOT,
    encoding: "utf8",
    env: {
      ...process.env,
      CDK_OUTDIR: directory,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      // Half of the time of a synthesis. checks.test.ts has templates of every kind validated.
      CDK_VALIDATION: "false",
    },
  });
  if (status === 0) return;
  rmSync(directory, { recursive: true, force: true });
  throw new Error(`the deployment could not be synthesized:\n${stderr}`);
}

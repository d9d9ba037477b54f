import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cdkContext } from "./synthesized-templates.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface SynthesizedBundles {
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
 * The cloud assembly of a deployment, bundles and all, as `cdk synth` makes it: seconds of work.
 *
 * @param document a configuration in place of the default one; files it names are found where this directory is
 */
export function synthesizedBundles(document?: unknown): SynthesizedBundles {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-assembly-"));
  const config = join(directory, "configuration.json");
  if (document !== undefined) writeFileSync(config, JSON.stringify(document));
  const context = { ...cdkContext(), ...(document === undefined ? {} : { config }) };
  const { status, stderr } = spawnSync(process.execPath, ["infra/app.ts"], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
  if (status !== 0) throw new Error(`the deployment could not be synthesized:\n${stderr}`);
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

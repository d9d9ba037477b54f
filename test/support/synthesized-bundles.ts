import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cdkContext } from "./cdk-context.ts";
import { testRunDirectory } from "./test-run.ts";

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
  if (shared !== undefined) return sharedAssembly(shared, document);
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-assembly-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  synthesize(directory, document);
  return directory;
}

const PAUSE_MILLISECONDS = 100;
const MOST_PAUSES = 4800;

/** Whoever comes first makes it; the others wait for it to get its name. */
function sharedAssembly(shared: string, document: unknown): string {
  const [made, making] = [join(shared, "cdk.out"), join(shared, "making")];
  for (let pauses = 0; !existsSync(made); pauses++) {
    // Looked at once more: it may have got its name this very moment.
    if (isFirst(making) && !existsSync(made)) {
      synthesize(making, document);
      renameSync(making, made);
      break;
    }
    if (pauses === MOST_PAUSES) throw new Error(`nobody finished the cloud assembly in ${shared}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);
  }
  return made;
}

function isFirst(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

function synthesize(directory: string, document: unknown): void {
  const config = join(directory, "configuration.json");
  if (document !== undefined) writeFileSync(config, JSON.stringify(document));
  const context = { ...cdkContext(), ...(document === undefined ? {} : { config }) };
  const { status, stderr } = spawnSync(process.execPath, ["infra/app.ts"], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
  if (status === 0) return;
  rmSync(directory, { recursive: true, force: true });
  throw new Error(`the deployment could not be synthesized:\n${stderr}`);
}

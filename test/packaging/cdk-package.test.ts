import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CDK_PAGE, cdkPage } from "../../packaging/documents/cdk-page.ts";
import { packed } from "./support/packed.ts";
import { Stranger } from "./support/stranger.ts";

const ROOT = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly version: string };

/** The app of the package's own README. */
const PAGE = readFileSync(join(ROOT, "packaging/pages/nodeseal-cdk.md"), "utf8");
const codeOf = (language: string): string => new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(PAGE)?.[1] ?? "";

/** The policy of its documentation. */
const POLICY = /```json\n([^]*?)```/.exec(readFileSync(join(ROOT, "docs/policy.md"), "utf8"))?.[1] ?? "";

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>>;
}

describe("the package nodeseal-cdk, in a CDK app of somebody else", () => {
  let stranger: Stranger;
  const modules = (): string => join(stranger.folder, "node_modules");

  before(() => {
    stranger = new Stranger();
    mkdirSync(join(modules(), "nodeseal-cdk"), { recursive: true });
    const archive = join(packed(), `nodeseal-cdk-${version}.tgz`);
    execFileSync("tar", ["-xzf", archive, "-C", join(modules(), "nodeseal-cdk"), "--strip-components=1"]);
    // Its peers alone: no esbuild, no lock file, nothing of this checkout.
    for (const peer of ["aws-cdk-lib", "constructs"])
      symlinkSync(join(ROOT, "node_modules", peer), join(modules(), peer));
    writeFileSync(join(stranger.folder, "policy.json"), POLICY);
    writeFileSync(join(stranger.folder, "nodeseal.config.json"), JSON.stringify({ clusterName: "pki" }));
    writeFileSync(join(stranger.folder, "app.ts"), codeOf("ts"));
    writeFileSync(join(stranger.folder, "app.js"), codeOf("js"));
  });
  after(() => stranger.leave());

  it("is synthesized from plain JavaScript, by a relative -o, called from elsewhere", () => {
    const cdk = join(ROOT, "node_modules/aws-cdk/bin/cdk");
    const { status, stderr } = stranger.run('node "$1" synth --quiet --no-notices --app "node app.js" -o out', [cdk]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      bundlesIn(join(stranger.folder, "out"), "pki").map((files) => files.join(" ")),
      ["authority-plan.json index.mjs", "index.mjs", "index.mjs policy.json", "index.mjs policy.json"],
    );
    const template = read("out", "pki");
    const kinds = new Set(Object.values(template.Resources).map(({ Type }) => Type));
    for (const kind of ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"]) assert.ok(kinds.has(kind), kind);
  });

  it("is type-checked and synthesized from TypeScript, as ES modules and as CommonJS", () => {
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    for (const [module, moduleResolution] of [
      ["nodenext", "nodenext"],
      ["commonjs", "node10"],
    ] as const) {
      const options = { module, moduleResolution, outDir: module, target: "es2022", strict: true, skipLibCheck: true };
      const compilerOptions = { ...options, exactOptionalPropertyTypes: true, types: [] };
      writeFileSync(join(stranger.folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.ts"] }));
      const compiled = stranger.run('node "$1"', [tsc]);
      assert.deepEqual([compiled.status, compiled.stdout], [0, ""]);
    }
    const ran = stranger.run("node commonjs/app.js", [], { CDK_OUTDIR: "out-ts", CDK_VALIDATION: "false" });
    assert.equal(ran.status, 0, ran.stderr);
    const template = read("out-ts", "pki");
    const [policyFile] = readdirSync(join(stranger.folder, "out-ts"))
      .filter((name) => name.startsWith("asset."))
      .map((name) => join(stranger.folder, "out-ts", name, "policy.json"))
      .filter((path) => existsSync(path));
    assert.match(readFileSync(policyFile ?? "", "utf8"), /"web-servers"/);
    const text = JSON.stringify(template);
    assert.match(text, /"execute-api:Invoke"/);
    assert.match(text, /"AWS::CloudWatch::Alarm"/);
    assert.match(text, /"AWS::CloudWatch::Dashboard"/);
  });

  it("exports what docs/reference/nodeseal-cdk.md says (`npm run documents`, and a line in CHANGELOG.md)", () => {
    const folder = join(modules(), "nodeseal-cdk");
    const paths = globSync("types/**/*.d.ts", { cwd: folder });
    const declarations = new Map(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
    assert.equal(readFileSync(join(ROOT, CDK_PAGE), "utf8"), cdkPage(declarations));
  });

  it("has declarations that name nothing its users lack", () => {
    const types = join(modules(), "nodeseal-cdk/types");
    const strays = readdirSync(types, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".d.ts"))
      .flatMap((name) => [
        ...readFileSync(join(types, name), "utf8").matchAll(/(?:from|import)\s*\(?["']([^"']+)["']/g),
      ])
      .map(([, specifier = ""]) => specifier)
      .filter((specifier) => !/^\.|^aws-cdk-lib(?:\/|$)|^constructs$/.test(specifier));
    assert.deepEqual(strays, []);
  });

  it("gives functions files that Lambda can read, whatever the umask was", () => {
    const out = join(stranger.folder, "out");
    for (const asset of readdirSync(out).filter((name) => name.startsWith("asset.")))
      for (const file of readdirSync(join(out, asset)))
        assert.equal(statSync(join(out, asset, file)).mode & 0o444, 0o444, `${asset}/${file}`);
  });

  it("has functions that load as they are", () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        "await import(process.argv[1])",
        join(modules(), "nodeseal-cdk/functions/events/index.mjs"),
      ],
      { encoding: "utf8", env: { AWS_REGION: "eu-central-1", CLUSTER_NAME: "c", EVENT_BUS_NAME: "default" } },
    );
    assert.deepEqual([status, stderr], [0, ""]);
  });

  function read(directory: string, stack: string): Template {
    return JSON.parse(readFileSync(join(stranger.folder, directory, `${stack}.template.json`), "utf8")) as Template;
  }

  /** The files of each function's code, in order. */
  function bundlesIn(directory: string, stack: string): string[][] {
    const template = JSON.parse(readFileSync(join(directory, `${stack}.template.json`), "utf8")) as Template;
    return Object.values(template.Resources)
      .filter(({ Type }) => Type === "AWS::Lambda::Function")
      .map(({ Properties }) => /([0-9a-f]{64})\.zip/.exec(JSON.stringify(Properties["Code"]))?.[1] ?? "")
      .map((hash) => readdirSync(join(directory, `asset.${hash}`)).sort())
      .sort((a, b) => a.join(" ").localeCompare(b.join(" ")));
  }
});

/* `npm run test:packages`: it fetches another version of the AWS CDK. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { CDK_PEERS } from "../../../packaging/npm/cdk-package.ts";
import { packed } from "../support/packed.ts";
import { Stranger } from "../support/stranger.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PAGE = readFileSync(join(ROOT, "packaging/pages/nodeseal-cdk.md"), "utf8");
const POLICY = /```json\n([^]*?)```/.exec(readFileSync(join(ROOT, "docs/policy.md"), "utf8"))?.[1] ?? "";

describe("nodeseal-cdk beside the oldest peers that it allows", () => {
  const stranger = new Stranger();
  after(() => stranger.leave());

  it("is installed, type-checked and synthesized", () => {
    const peers = Object.entries(CDK_PEERS).map(([name, range]) => `${name}@${range.replace("^", "")}`);
    const flags = "--no-audit --no-fund --ignore-scripts";
    const installed = stranger.run(`npm install ${flags} "$@" "${packed()}"/nodeseal-cdk-*.tgz`, peers, {
      npm_config_cache: join(process.env["HOME"] ?? stranger.home, ".npm"),
    });
    assert.equal(installed.status, 0, installed.stderr);
    writeFileSync(join(stranger.folder, "policy.json"), POLICY);
    writeFileSync(join(stranger.folder, "app.ts"), /```ts\n([^]*?)```/.exec(PAGE)?.[1] ?? "");
    const options = { module: "commonjs", target: "es2022", strict: true, skipLibCheck: true, types: [] };
    writeFileSync(
      join(stranger.folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: options, files: ["app.ts"] }),
    );
    const compiled = stranger.run('node "$1"', [join(ROOT, "node_modules/typescript/bin/tsc")]);
    assert.deepEqual([compiled.status, compiled.stdout], [0, ""]);
    const ran = stranger.run("node app.js", [], { CDK_OUTDIR: "out" });
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(readFileSync(join(stranger.folder, "out/pki.template.json"), "utf8"), /"AWS::CloudWatch::Alarm"/);
  });
});

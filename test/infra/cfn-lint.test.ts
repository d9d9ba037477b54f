import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { EVERY_SWITCH, synthesizedTemplates } from "../support/synthesized-templates.ts";

/** Depends on what a `GetAtt` says anyway: CDK writes both, and both are true. */
const REDUNDANT_DEPENDENCY = "W3005";

const VERSION = "1.58.0";
/** Beside what test/moto/install keeps. */
const KEPT = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "nodeseal-test", `cfn-lint-${VERSION}`);

/** From PyPI, into a virtual environment of its own, once; undefined where there is no Python or no registry. */
function installCfnLint(): string | undefined {
  const mark = join(KEPT, "installed");
  if (existsSync(mark)) return join(KEPT, "bin/cfn-lint");
  const commands = [
    ["python3", "-m", "venv", "--clear", KEPT],
    [join(KEPT, "bin/pip"), "install", "--quiet", "--disable-pip-version-check", `cfn-lint==${VERSION}`],
  ] as const;
  const isInstalled = commands.every(
    ([command, ...rest]) => spawnSync(command, rest, { timeout: 240_000 }).status === 0,
  );
  if (!isInstalled) return undefined;
  writeFileSync(mark, "");
  return join(KEPT, "bin/cfn-lint");
}

it("passes cfn-lint, by default and with every switch on", { timeout: 580_000 }, (t) => {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-cfn-lint-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const cfnLint = installCfnLint();
  if (cfnLint === undefined) {
    t.skip("cfn-lint cannot be installed here: no python3 with venv, or no PyPI");
    return;
  }
  const files = [{}, EVERY_SWITCH].flatMap((document, index) => {
    const { state, service } = synthesizedTemplates(document);
    return [state, service].map((template, stack) => {
      const file = join(directory, `${index}-${stack}.json`);
      writeFileSync(file, JSON.stringify(template.toJSON()));
      return file;
    });
  });
  const { status, stdout } = spawnSync(
    cfnLint,
    ["--region", "eu-central-1", "--ignore-checks", REDUNDANT_DEPENDENCY, "--template", ...files],
    { encoding: "utf8" },
  );
  assert.equal(status, 0, stdout);
});

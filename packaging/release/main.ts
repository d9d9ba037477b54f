/**
 * `npm run release`: what a tag v<version> makes.
 *   --prepare   checks that tag, version, CHANGELOG.md and checkout are of one release; makes dist/packages and its notes
 *   --publish   publishes what --prepare made: npm packages, then the release's page. Safe to run again
 *   --dry-run   with --publish: prints the commands instead
 *   --packages  the folder, dist/packages unless said otherwise; its notes lie beside it
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { MANIFEST, ROOT } from "../content/project.ts";
import { releaseNotes } from "./notes.ts";
import { publication } from "./publication.ts";

const { values: options } = parseArgs({
  options: {
    prepare: { type: "boolean", default: false },
    publish: { type: "boolean", default: false },
    "dry-run": { type: "boolean", default: false },
    packages: { type: "string", default: join(ROOT, "dist/packages") },
  },
});
const PACKAGES = resolve(options.packages);
const NOTES = join(dirname(PACKAGES), "notes.md");
if (options.prepare === options.publish) {
  console.error("release: say --prepare or --publish");
  process.exit(2);
}
try {
  if (options.prepare) prepare();
  else publish(options["dry-run"]);
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

function prepare(): void {
  const { version } = MANIFEST;
  const notes = releaseNotes(readFileSync(join(ROOT, "CHANGELOG.md"), "utf8"), version);
  const tags = git("tag", "--points-at", "HEAD").split("\n");
  if (!tags.includes(`v${version}`))
    throw new Error(`package.json says ${version}, and this commit has no tag v${version}: git tag -s v${version}`);
  const changed = git("status", "--porcelain");
  if (changed !== "") throw new Error(`the checkout has changes, which no tag names:\n${changed}`);
  execFileSync("node", [join(ROOT, "packaging/main.ts"), "--out", PACKAGES], { stdio: "inherit" });
  writeFileSync(NOTES, notes);
}

function publish(isDryRun: boolean): void {
  const files = checkedFiles();
  for (const step of publication({ version: MANIFEST.version, files, notesFile: NOTES })) {
    const line = [step.program, ...step.arguments].join(" ");
    if (isDryRun) console.log(line);
    else if (spawnSync(step.program, step.doneIf, { stdio: "ignore" }).status === 0)
      console.log(`done already: ${line}`);
    else execFileSync(step.program, step.arguments, { stdio: "inherit" });
  }
}

/** All that SHA256SUMS names, and it. @throws Error when a file is not what was made, or was not made */
function checkedFiles(): readonly string[] {
  const sums = join(PACKAGES, "SHA256SUMS");
  const lines = readFileSync(sums, "utf8").trimEnd().split("\n");
  const named = lines.map((line) => {
    const [sum = "", name = ""] = line.split(/ [ *]/);
    const file = join(PACKAGES, name);
    if (createHash("sha256").update(readFileSync(file)).digest("hex") !== sum)
      throw new Error(`${file} is not what was made: run npm run release -- --prepare again`);
    return file;
  });
  const all = readdirSync(PACKAGES).map((name) => join(PACKAGES, name));
  const strays = all.filter((file) => file !== sums && !named.includes(file));
  if (strays.length > 0) throw new Error(`nobody made ${strays.join(", ")}`);
  return [...named, sums];
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trimEnd();
}

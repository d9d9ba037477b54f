import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build as esbuild, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { ROOT } from "./project.ts";

export interface Bundle {
  /** Path below the package, and content. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The modules it is made of, relative to the checkout. */
  readonly inputs: readonly string[];
}

/** Where a module of ours looks for its neighbours once it is part of a bundle. `root` is an expression of JavaScript. */
function neighboursAt(root: string): Plugin {
  return {
    name: "neighbours",
    setup: (build) => {
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const folder = relative(ROOT, dirname(path));
        if (folder.startsWith("node_modules")) return undefined;
        const text = readFileSync(path, "utf8");
        const contents = text.replaceAll("import.meta.dirname", `(${root} + ${JSON.stringify(`/${folder}`)})`);
        return { contents, loader: "ts" };
      });
    },
  };
}

/**
 * `await import()` of a CommonJS module gives its names in Node.js, and none of them in a bundle.
 *
 * @throws Error when a bundle would have such an import
 */
function assertNamedImports({ inputs }: Metafile): void {
  for (const [path, { imports }] of Object.entries(inputs)) {
    const stray = imports.find((one) => one.kind === "dynamic-import" && inputs[one.path]?.format === "cjs");
    if (stray !== undefined) throw new Error(`${path} imports ${stray.path} when it runs: alias it to an ES module`);
  }
}

/**
 * Compiles and bundles programs of this project, the same bytes from the same sources wherever the checkout lies.
 *
 * @param packageRoot an expression of JavaScript: the package's directory, seen from a module of the bundle
 */
export async function bundle(packageRoot: string, options: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await esbuild({
    ...options,
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    outdir: "package",
    write: false,
    metafile: true,
    // Licences are in a file of their own.
    legalComments: "none",
    logLevel: "warning",
    plugins: [neighboursAt(packageRoot), ...(options.plugins ?? [])],
  });
  assertNamedImports(metafile);
  const files = new Map(outputFiles.map(({ path, contents }) => [relative(join(ROOT, "package"), path), contents]));
  return { files, inputs: Object.keys(metafile.inputs).sort() };
}

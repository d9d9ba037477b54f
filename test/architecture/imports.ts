import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ROOMS } from "./rooms.ts";

const TOP_LEVEL = [...new Set(Object.keys(ROOMS).map((room) => room.split("/", 1)[0] ?? room))];

/** Every source file below one of the table's top-level folders, relative to `root`. */
export function sourceFiles(root: string): string[] {
  return globSync(`{${TOP_LEVEL.join(",")}}/**/*.ts`, { cwd: root }).sort();
}

/** Every file of any kind in these folders and in those beside them that no room imports, by its folder. */
export function filesByFolder(root: string): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>();
  for (const entry of globSync(`{${TOP_LEVEL.join(",")},bench,bin}/**/*`, { cwd: root, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const folder = relative(root, entry.parentPath);
    folders.set(folder, [...(folders.get(folder) ?? []), entry.name]);
  }
  return folders;
}

/**
 * What a file imports at run time: paths from the root, and names of packages. `import type` vanishes and is left out.
 *
 * @param file relative to `root`
 */
export function importsOf(root: string, file: string): string[] {
  const source = readFileSync(join(root, file), "utf8");
  const statements = [
    ...source.matchAll(/^(?:import|export)\s(?!type\s)(?:[^;"']*?\sfrom\s)?["']([^"']+)["']/gm),
    ...source.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g),
  ];
  return statements.map(([, specifier = ""]) =>
    specifier.startsWith(".") ? relative(root, join(root, dirname(file), specifier)) : specifier,
  );
}

/** Whether an entry of the table allows this import. */
export function isAllowed(target: string, entry: string): boolean {
  // A scope ("@aws-sdk/"), node's own modules ("node:"), or everything below a folder ("core/").
  if (entry.endsWith("/") || entry.endsWith(":")) return target.startsWith(entry);
  if (target === entry) return true;
  // A room covers the files in it, not those in rooms below it; a package covers its subpaths.
  return entry in ROOMS ? dirname(target) === entry : target.startsWith(`${entry}/`);
}

/** What is wrong with where a file lies, and where it could lie; undefined when nothing is. */
export function faultOf(root: string, file: string): string | undefined {
  const folder = dirname(file);
  const targets = importsOf(root, file);
  const room = ROOMS[folder];
  if (room === undefined) return `${file} lies in ${folder}, which is no room of the table: ${places(file, targets)}`;
  const foreign = targets.filter((target) => !isHome(target, folder, room.mayImport));
  if (foreign.length === 0) return undefined;
  return `${file} imports ${foreign.join(", ")}, which ${folder} may not: ${places(file, targets)}`;
}

function isHome(target: string, folder: string, mayImport: readonly string[]): boolean {
  return dirname(target) === folder || mayImport.some((entry) => isAllowed(target, entry));
}

/** The rooms of the same top-level folder whose row allows all that the file imports. */
function places(file: string, targets: readonly string[]): string {
  const top = `${file.split("/", 1)[0] ?? ""}/`;
  const fitting = Object.entries(ROOMS)
    .filter(([folder]) => `${folder}/`.startsWith(top))
    .filter(([folder, { mayImport }]) => targets.every((target) => isHome(target, folder, mayImport)))
    .map(([folder]) => folder);
  return fitting.length === 0
    ? "no room may import all of that; split the file"
    : `by its imports it could lie in ${fitting.join(", ")}`;
}

/** One way around from a folder back to itself by imports at run time; undefined when there is none. */
export function folderCycle(imports: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const done = new Set<string>();
  function visit(folder: string, path: readonly string[]): readonly string[] | undefined {
    if (path.includes(folder)) return [...path.slice(path.indexOf(folder)), folder];
    if (done.has(folder)) return undefined;
    for (const next of imports.get(folder) ?? []) {
      const cycle = visit(next, [...path, folder]);
      if (cycle !== undefined) return cycle;
    }
    done.add(folder);
    return undefined;
  }
  for (const folder of imports.keys()) {
    const cycle = visit(folder, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** Which folders a folder imports from at run time, with one file for each as its witness. */
export function folderImports(root: string): Map<string, Map<string, string>> {
  const folders = new Map<string, Map<string, string>>();
  for (const file of sourceFiles(root)) {
    const folder = dirname(file);
    const targets = folders.get(folder) ?? new Map<string, string>();
    folders.set(folder, targets);
    for (const target of importsOf(root, file)) {
      const other = dirname(target);
      if (target.endsWith(".ts") && other !== folder && !targets.has(other)) targets.set(other, file);
    }
  }
  return folders;
}

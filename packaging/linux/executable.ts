import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withoutDebugSections } from "./elf.ts";
import { nodeProgram, type Architecture } from "./node-program.ts";

/** Node.js looks for it to learn whether it carries a program. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/**
 * The agent and the pinned Node.js in one executable (Node.js documentation, "Single executable applications"). Neither
 * code cache nor snapshot is in it, so one blob serves every architecture, and is the same each time.
 */
export async function writeExecutable(output: string, agent: Uint8Array, architecture: Architecture): Promise<string> {
  const file = join(output, `nodeseal-agent-linux-${architecture}`);
  mkdirSync(output, { recursive: true });
  writeFileSync(file, withoutDebugSections(readFileSync(nodeProgram(architecture))));
  chmodSync(file, 0o755);
  // Most packages are made without it.
  const { inject } = await import("postject");
  await inject(file, "NODE_SEA_BLOB", blobOf(agent), { sentinelFuse: FUSE });
  return file;
}

function blobOf(agent: Uint8Array): Buffer {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-executable-"));
  const inDirectory = (name: string): string => join(directory, name);
  // Node.js allows no such line in what it carries.
  writeFileSync(
    inDirectory("agent.cjs"),
    Buffer.from(agent)
      .toString("utf8")
      .replace(/^#!.*\n/, ""),
  );
  const settings = { main: "agent.cjs", output: "agent.blob", disableExperimentalSEAWarning: true };
  writeFileSync(inDirectory("settings.json"), JSON.stringify(settings));
  try {
    // The names are in the blob: relative ones are the same everywhere.
    execFileSync(process.execPath, ["--experimental-sea-config", "settings.json"], {
      cwd: directory,
      stdio: ["ignore", "ignore", "inherit"],
    });
    return readFileSync(inDirectory("agent.blob"));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

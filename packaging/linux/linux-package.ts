import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { stringify } from "yaml";
import { licence, page, shellAgent, systemdUnits } from "../content/agent-files.ts";
import type { Architecture } from "./node-program.ts";
import { CACHE, MANIFEST, ROOT, sourceDateSeconds } from "../content/project.ts";

export type LinuxFormat = "deb" | "rpm";

/** Go's names, which nfpm turns into those of each format. */
const GO_ARCHITECTURE = { x64: "amd64", arm64: "arm64" } as const;

export interface AgentForLinux {
  readonly executable: string;
  readonly architecture: Architecture;
  readonly manPage: string;
  readonly notices: string;
}

/** The executable with units, pages and scripts, as one package for dpkg or rpm. */
export function writeLinuxPackage(output: string, agent: AgentForLinux, format: LinuxFormat): string {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-linux-"));
  try {
    const settings = join(directory, "nfpm.yaml");
    writeFileSync(settings, stringify(settingsOf(agent, directory)));
    mkdirSync(output, { recursive: true });
    const before = new Set(readdirSync(output));
    execFileSync(nfpm(), ["package", "--packager", format, "--config", settings, "--target", `${output}/`], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(sourceDateSeconds()) },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const made = readdirSync(output).find((name) => name.endsWith(`.${format}`) && !before.has(name));
    return join(output, made ?? "");
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function settingsOf({ executable, architecture, manPage, notices }: AgentForLinux, directory: string): unknown {
  const mtime = new Date(sourceDateSeconds() * 1000).toISOString();
  let count = 0;
  const file = (dst: string, content: string | Uint8Array, mode = 0o644, more: object = {}): unknown => {
    const src = join(directory, String(count++));
    writeFileSync(src, content);
    return { src, dst, file_info: { mode, mtime, owner: "root", group: "root" }, ...more };
  };
  const script = (name: string): string => {
    const path = join(directory, name);
    writeFileSync(path, page(name));
    return path;
  };
  const units = systemdUnits("/usr/bin/nodeseal-agent", "man:nodeseal-agent(1)");
  return {
    name: "nodeseal-agent",
    arch: GO_ARCHITECTURE[architecture],
    platform: "linux",
    version: MANIFEST.version,
    release: "1",
    section: "admin",
    priority: "optional",
    maintainer: "Nodeseal <nodeseal@example.invalid>",
    description:
      "Trades a bootstrap token for a certificate, and renews it for ever.\nThe node's side of Nodeseal. It carries its own Node.js.",
    license: MANIFEST.license,
    mtime,
    contents: [
      {
        src: executable,
        dst: "/usr/bin/nodeseal-agent",
        file_info: { mode: 0o755, mtime, owner: "root", group: "root" },
      },
      ...[...units].map(([name, text]) => file(`/usr/lib/systemd/system/${name}`, text)),
      file("/usr/share/man/man1/nodeseal-agent.1.gz", gzipSync(manPage, { level: 9 })),
      file("/usr/share/nodeseal-agent/nodeseal-join.sh", shellAgent(), 0o755),
      file("/usr/share/doc/nodeseal-agent/README.md", page("nodeseal-agent.md")),
      file("/usr/share/doc/nodeseal-agent/copyright", `${licence()}\n${notices}`),
    ],
    scripts: {
      postinstall: script("postinstall.sh"),
      preremove: script("preremove.sh"),
      postremove: script("postremove.sh"),
    },
    // Not the name of the machine that packs.
    rpm: {
      compression: "gzip",
      summary: "Trades a bootstrap token for a certificate, and renews it",
      buildhost: "nodeseal",
    },
    deb: { compression: "gzip" },
    // What Node.js itself is linked to.
    overrides: {
      deb: { depends: ["libc6 (>= 2.28)", "libstdc++6"] },
      rpm: { depends: ["glibc >= 2.28", "libstdc++"] },
    },
  };
}

/** nfpm, pinned by its module's checksums, built once. @throws Error where there is no Go */
function nfpm(): string {
  const module = join(import.meta.dirname, "nfpm");
  const program = join(CACHE, "nfpm");
  if (existsSync(program)) return program;
  mkdirSync(CACHE, { recursive: true });
  try {
    execFileSync("go", ["build", "-C", module, "-trimpath", "-o", program, "github.com/goreleaser/nfpm/v2/cmd/nfpm"], {
      cwd: ROOT,
      stdio: ["ignore", "ignore", "pipe"],
    });
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!isMissing) throw error;
    throw new Error(".deb and .rpm are made by nfpm, which needs Go: install it, or leave them out (--without linux)", {
      cause: error,
    });
  }
  return program;
}

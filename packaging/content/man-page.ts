import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MANIFEST, sourceDateSeconds } from "./project.ts";

const COMMAND_LINE = /^ {2}(\w[\w-]*)(?: \[options\])? {2,}\S/gm;

/**
 * nodeseal-agent(1), made of what the agent itself says with --help: so it cannot say anything else.
 *
 * @param agent the bundled agent's code
 */
export function agentManPage(agent: Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-man-"));
  const program = join(directory, "nodeseal-agent.cjs");
  writeFileSync(program, agent);
  const help = (...command: string[]): string =>
    execFileSync(process.execPath, [program, ...command, "--help"], { encoding: "utf8", env: { COLUMNS: "78" } });
  const whole = help();
  const commands = [...whole.matchAll(COMMAND_LINE)].map(([, name = ""]) => name).filter((name) => name !== "help");
  const sections = commands.map((name) => `.SH ${name.toUpperCase()}\n${literal(help(name))}`);
  rmSync(directory, { recursive: true });
  if (commands.length < 4) throw new Error(`the agent's help names these commands only: ${commands.join(", ")}`);
  const date = new Date(sourceDateSeconds() * 1000).toISOString().slice(0, 10);
  return [
    `.TH NODESEAL\\-AGENT 1 ${date} "nodeseal\\-agent ${MANIFEST.version}" "Nodeseal"`,
    ".SH NAME",
    "nodeseal\\-agent \\- trade a bootstrap token for a certificate, and renew it",
    ".SH SYNOPSIS",
    ...commands.map((name) => `.B nodeseal\\-agent ${roff(name)}\n.RI [ options ]\n.br`),
    ".SH DESCRIPTION",
    literal(whole),
    ...sections,
    ".SH FILES",
    literal("/var/lib/kubelet/pki    key, certificate and state, unless --dir says otherwise"),
    ".SH SEE ALSO",
    ".BR systemctl (1)",
    "",
  ].join("\n");
}

/** Lines as they are, in a typewriter's face. */
function literal(text: string): string {
  return `.nf\n${text.trim().split("\n").map(roff).join("\n")}\n.fi`;
}

/** Nothing in the text is an instruction to the formatter. */
function roff(line: string): string {
  return line
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("…", "...")
    .replace(/^[.]/, "\\&.");
}

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { caCertHashOf } from "../../../agent/certificate/trust-bundle.ts";
import { WITHOUT_SYSTEM_CAS } from "../../support/openssl.ts";
import { temporaryDirectory, writeToken } from "./agent-run.ts";
import { serveHttps } from "./https-front.ts";
import { currentPath } from "./joined-node.ts";
import { testAuthority } from "./test-authority.ts";
import { TestService } from "./test-service.ts";

export const SCRIPT = join(import.meta.dirname, "..", "..", "..", "agent", "nodeseal-join.sh");
export const NOBODYS_PIN = `sha256:${"0".repeat(64)}`;

/** How a run of the script ended. */
export interface Ending {
  readonly exitStatus: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine without Node.js, and a service it can reach. */
export interface ShellMachine {
  readonly service: TestService;
  readonly directory: string;
  readonly pin: string;
  readonly caFile: string;
  readonly sh: (argv: readonly string[], environment?: Record<string, string>) => Promise<Ending>;
  /** The command line of a join. */
  readonly joining: readonly string[];
  readonly join: (...flags: string[]) => Promise<Ending>;
  readonly renew: (...flags: string[]) => Promise<Ending>;
}

/** @param shell the interpreter and its arguments */
export async function shellMachine(t: TestContext, shell: readonly string[]): Promise<ShellMachine> {
  const [service, home, authority] = [
    await TestService.start(),
    temporaryDirectory(t),
    await testAuthority("CN=Server CA"),
  ];
  const url = await serveHttps(t, service, authority);
  const [directory, caFile, tokenFile] = [join(home, "pki"), join(home, "ca.pem"), writeToken(home, service)];
  writeFileSync(caFile, authority.pem);
  const sh: ShellMachine["sh"] = async (argv, environment = {}) => {
    const [command = "sh", ...rest] = shell;
    const child = spawn(command, [...rest, SCRIPT, ...argv], {
      env: { PATH: process.env["PATH"], TMPDIR: home, ...WITHOUT_SYSTEM_CAS, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: a test may kill all of it.
      detached: true,
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    const exitStatus = await new Promise<number | null>((resolve) => child.once("close", resolve));
    const left = readdirSync(home).filter((name) => name.startsWith("nodeseal."));
    // What was killed can clean up nothing.
    if (exitStatus !== null) assert.deepEqual(left, [], "it leaves temporary files");
    for (const name of left) rmSync(join(home, name), { recursive: true });
    return { exitStatus, ...output };
  };
  const basic = ["--url", url.href, "--node", "n1", "--token-file", tokenFile, "--dir", directory];
  const joining = ["join", ...basic, "--ca-file", caFile];
  const pin = caCertHashOf(authority.certificate);
  return {
    service,
    directory,
    pin,
    caFile,
    sh,
    joining,
    join: async (...flags) => await sh([...joining, ...flags]),
    renew: async (...flags) => await sh(["renew", "--dir", directory, ...flags]),
  };
}

export const SHELLS = [
  { name: "dash", shell: ["dash"] },
  { name: "busybox sh", shell: ["busybox", "sh"] },
];

export function isMissing({ shell: [command = "", ...rest] }: (typeof SHELLS)[number]): boolean {
  return spawnSync(command, [...rest, "-c", "true"]).status !== 0 && process.env["CI"] === undefined;
}

/** A pair that openssl accepts, and nothing half-done beside it. */
export function assertWholePair(directory: string): void {
  const [bundle, current] = [join(directory, "trust-bundle.pem"), currentPath(directory)];
  execFileSync("openssl", ["verify", "-CAfile", bundle, "-untrusted", current, current]);
  assert.equal(statSync(current).mode & 0o777, 0o600);
  assert.deepEqual(
    readdirSync(directory).filter((name) => /tmp$|lock|updated/.test(name)),
    [],
  );
}

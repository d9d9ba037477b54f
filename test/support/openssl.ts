import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const isAbsent = spawnSync("openssl", ["version"]).status !== 0;

/**
 * For the environment of whatever starts openssl: `openssl x509` reads the CAs of the machine first, which takes five times
 * as long as all the rest.
 */
export const WITHOUT_SYSTEM_CAS = { SSL_CERT_FILE: "/dev/null" } as const;
const environment = { ...process.env, ...WITHOUT_SYSTEM_CAS };

/** For the `skip` option of tests that want openssl's opinion. In CI it must be there. */
export const OPENSSL_SKIP: string | false =
  isAbsent && process.env["CI"] === undefined ? "openssl is not on this machine" : false;

/** Runs openssl and gives what it printed on stdout. @throws Error with what it printed on stderr */
export function openssl(args: readonly string[], input?: Uint8Array | string): Buffer {
  return execFileSync("openssl", args, {
    env: environment,
    input: input ?? "",
    stdio: ["pipe", "pipe", "pipe"],
    timeout: 120_000,
  });
}

export interface OpensslOutcome {
  readonly isGood: boolean;
  readonly output: string;
}

/** Runs openssl where failing is a result. */
export function tryOpenssl(args: readonly string[], input?: Uint8Array | string): OpensslOutcome {
  const { status, stdout, stderr } = spawnSync("openssl", args, {
    env: environment,
    input: input ?? "",
    timeout: 120_000,
  });
  return { isGood: status === 0, output: `${stdout.toString()}${stderr.toString()}` };
}

export interface Workspace {
  /** Writes a file and gives its path. */
  write(name: string, content: Uint8Array | string): string;
  path(name: string): string;
  remove(): void;
}

/** A temporary directory for what openssl wants to read from files. */
export function workspace(): Workspace {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-test-"));
  const path = (name: string): string => join(directory, name);
  return {
    path,
    write: (name, content) => {
      writeFileSync(path(name), content);
      return path(name);
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

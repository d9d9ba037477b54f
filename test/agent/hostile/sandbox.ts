import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { WITHOUT_SYSTEM_CAS } from "../../support/openssl.ts";
import { temporaryDirectory, writeToken } from "../support/agent-run.ts";
import { testAuthority } from "../support/test-authority.ts";
import { TestService } from "../support/test-service.ts";
import { hostileFront, type HostileFront } from "./hostile-front.ts";

/** A machine on which everything but `--dir` is watched, and the service that attacks it. */
export interface Sandbox {
  readonly front: HostileFront;
  readonly service: TestService;
  /** What a payload would touch, were it run. */
  readonly marker: string;
  readonly directory: string;
  readonly caFile: string;
  readonly joining: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** Nothing ran, and nothing was written outside `--dir`. */
  readonly assertUntouched: (what: string) => void;
}

export async function sandbox(t: TestContext): Promise<Sandbox> {
  const root = temporaryDirectory(t);
  const [service, authority] = [await TestService.start(), await testAuthority("CN=Server CA")];
  const front = await hostileFront(t, service, authority);
  const [home, temporary, workingDirectory] = ["home", "tmp", "cwd"].map((name) => {
    mkdirSync(join(root, name));
    return join(root, name);
  }) as [string, string, string];
  const caFile = join(root, "ca.pem");
  writeFileSync(caFile, authority.pem);
  const directory = join(root, "pki");
  mkdirSync(directory);
  const options = ["--url", front.url.href, "--node", "n1", "--token-file", writeToken(root, service)];
  const before = treeOf(root);
  return {
    front,
    service,
    marker: join(root, "MARKER"),
    directory,
    caFile,
    joining: ["join", ...options, "--dir", directory, "--ca-file", caFile, "--wait", "0"],
    environment: { PATH: process.env["PATH"] ?? "", HOME: home, TMPDIR: temporary, ...WITHOUT_SYSTEM_CAS },
    workingDirectory,
    assertUntouched: (what) => assert.deepEqual(treeOf(root), before, `${what}: something outside --dir was changed`),
  };
}

/** Every path below, but for what is in `pki`, with its kind and content. */
function treeOf(root: string, path = ""): string[] {
  return readdirSync(join(root, path)).flatMap((name) => {
    const relative = join(path, name);
    const status = lstatSync(join(root, relative));
    if (relative === "pki") return ["pki"];
    if (status.isDirectory()) return [relative, ...treeOf(root, relative)];
    const content = status.isSymbolicLink() ? readlinkSync(join(root, relative)) : readFileSync(join(root, relative));
    return [`${relative} ${status.mode} ${createHash("sha256").update(content).digest("hex")}`];
  });
}

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { parsePair } from "../../agent/directory/certificate-pair.ts";
import { openssl } from "../support/openssl.ts";
import { IS_LONG_RUN } from "../support/long-run.ts";
import { temporaryDirectory, writeToken } from "./support/agent-run.ts";
import { serveHttps } from "./support/https-front.ts";
import { currentPath, pairFiles } from "./support/joined-node.ts";
import { testAuthority } from "./support/test-authority.ts";
import { TestService } from "./support/test-service.ts";

const AGENT = join(import.meta.dirname, "support", "killed-agent.ts");
/** A sample, more of them where there is time; power-cut.test.ts goes through all of them in memory. */
const STRIDE = IS_LONG_RUN ? 4 : 9;
const NEVER = 0;

interface Ending {
  readonly signal: string | null;
  readonly exitStatus: number;
  readonly stderr: string;
}

async function runKilled(step: number, argv: readonly string[]): Promise<Ending> {
  return await new Promise<Ending>((resolve) => {
    execFile(process.execPath, [AGENT, String(step), ...argv], (error, _stdout, stderr) => {
      resolve({ signal: error?.signal ?? null, exitStatus: typeof error?.code === "number" ? error.code : 0, stderr });
    });
  });
}

async function machine(t: TestContext) {
  const [service, home, authority] = [
    await TestService.start(),
    temporaryDirectory(t),
    await testAuthority("CN=Server CA"),
  ];
  const url = await serveHttps(t, service, authority);
  const [directory, caFile] = [join(home, "pki"), join(home, "ca.pem")];
  writeFileSync(caFile, authority.pem);
  const joining = ["join", "--url", url.href, "--ca-file", caFile, "--node", "n1", "--dir", directory];
  return { service, directory, joining: [...joining, "--token-file", writeToken(home, service)] };
}

describe("nodeseal-agent, killed by SIGKILL before a change of the disk", () => {
  for (const [why, isRenewal] of [
    ["joins with the one certificate when it is started again", false],
    ["renews with the one certificate when it is started again", true],
  ] as const) {
    it(why, async (t) => {
      for (let step = 1, wasKilled = true; wasKilled; step += STRIDE) {
        const { service, directory, joining } = await machine(t);
        const argv = isRenewal ? ["renew", "--force", "--dir", directory] : joining;
        if (isRenewal) assert.equal((await runKilled(NEVER, joining)).exitStatus, 0);
        const [issuedBefore, before] = [
          service.issuances.size,
          isRenewal ? readFileSync(currentPath(directory)) : undefined,
        ];

        wasKilled = (await runKilled(step, argv)).signal === "SIGKILL";
        if (before !== undefined)
          assert.notEqual(typeof parsePair(readFileSync(currentPath(directory), "utf8")), "string");

        // A renewal that was begun is due; one that was not even begun is no loss.
        const again = isRenewal ? ["renew", "--dir", directory] : joining;
        const { exitStatus, stderr } = await runKilled(NEVER, again);
        assert.equal(exitStatus, 0, `step ${step}: ${stderr}`);
        assert.ok(service.issuances.size <= issuedBefore + 1, `step ${step}: a key was lost`);
        assert.equal(serialNumberIn(directory), newest(service), `step ${step}`);
        assert.deepEqual(service.copiesSeen, [], `step ${step}`);
        assert.deepEqual(
          readdirSync(directory).filter((name) => /tmp$|lock|updated/.test(name)),
          [],
          `step ${step} left something`,
        );
        assert.equal(pairFiles(directory).length, service.issuances.size, `step ${step}`);
        const bundle = join(directory, "trust-bundle.pem");
        openssl(["verify", "-CAfile", bundle, "-untrusted", currentPath(directory), currentPath(directory)]);
      }
    });
  }
});

function serialNumberIn(directory: string): string | undefined {
  try {
    return new X509Certificate(readFileSync(currentPath(directory))).serialNumber;
  } catch {
    return undefined;
  }
}

function newest(service: TestService): string | undefined {
  return Array.from(service.issuances.values()).at(-1)?.certificate?.serialNumber;
}

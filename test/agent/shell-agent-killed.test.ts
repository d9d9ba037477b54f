import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parsePair } from "../../agent/directory/certificate-pair.ts";
import { IS_LONG_RUN } from "../support/long-run.ts";
import { temporaryDirectory } from "./support/agent-run.ts";
import { currentCertificate, currentPath } from "./support/joined-node.ts";
import { assertWholePair, isMissing, shellMachine } from "./support/shell-machine.ts";

/** What the script changes the disk and asks the service with: each call is a step. */
const STEPS = ["curl", "ln", "mv", "rm", "chmod", "sync"];
/** Every step takes a minute and more. */
const STRIDE = IS_LONG_RUN ? 3 : 8;
const DASH = { name: "dash", shell: ["dash"] };

/** Programs of those names that kill the whole group of processes before the n-th of their calls, counted in a file. */
function deadlyPrograms(directory: string, killAt: number): Record<string, string> {
  mkdirSync(directory, { recursive: true });
  const counter = join(directory, "count");
  writeFileSync(counter, "");
  for (const name of STEPS) {
    const real = execFileSync("/bin/sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    const path = join(directory, name);
    const script = `#!/bin/sh\nprintf x >> ${counter}\n[ "$(wc -c < ${counter})" -ne ${killAt} ] || kill -9 0\nexec ${real} "$@"\n`;
    writeFileSync(path, script);
    chmodSync(path, 0o755);
  }
  return { PATH: `${directory}:${process.env["PATH"] ?? ""}` };
}

describe("nodeseal-join.sh, killed by SIGKILL before a step", { skip: isMissing(DASH) && "dash is not here" }, () => {
  for (const [why, isRenewal] of [
    ["joins with the one certificate when it is started again", false],
    ["renews with the one certificate when it is started again", true],
  ] as const) {
    it(why, async (t) => {
      for (let step = 1, wasKilled = true; wasKilled; step += STRIDE) {
        const { service, directory, joining, sh } = await shellMachine(t, DASH.shell);
        if (isRenewal) assert.equal((await sh(joining)).exitStatus, 0);
        const issuedBefore = service.issuances.size;
        const argv = isRenewal ? ["renew", "--force", "--dir", directory] : joining;

        const { exitStatus } = await sh(argv, deadlyPrograms(temporaryDirectory(t), step));
        wasKilled = exitStatus === null;
        if (existsSync(currentPath(directory))) {
          assert.notEqual(typeof parsePair(readFileSync(currentPath(directory), "utf8")), "string", `step ${step}`);
        } else assert.equal(isRenewal, false, `step ${step}: the old pair is gone`);

        const again = await sh(isRenewal ? ["renew", "--dir", directory] : joining);
        assert.equal(again.exitStatus, 0, `step ${step}: ${again.stderr}`);
        assert.ok(service.issuances.size <= issuedBefore + 1, `step ${step}: a key was lost`);
        const newest = Array.from(service.issuances.values()).at(-1)?.certificate?.serialNumber;
        assert.equal(currentCertificate(directory).serialNumber, newest, `step ${step}`);
        assert.deepEqual(service.copiesSeen, [], `step ${step}`);
        assertWholePair(directory);
      }
    });
  }
});

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { describeHolder, isHolderAlive } from "../../agent/directory/lock-holder.ts";
import { testNode } from "./support/joined-node.ts";

const NO_PROC = existsSync("/proc/1/stat") ? false : "there is no /proc here";
const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1000);

describe("the process that holds a lock", { skip: NO_PROC }, () => {
  it("is named by number, start and boot, as agent/README.md says", () => {
    const stat = spawnSync("sh", [
      "-c",
      // The name in the second field may have blanks.
      `sed 's/.*) //' /proc/${process.pid}/stat | cut -d ' ' -f 20; cat /proc/sys/kernel/random/boot_id`,
    ]);
    assert.equal(describeHolder(process.pid), `${process.pid} ${String(stat.stdout).trim().split("\n").join(" ")}\n`);
  });

  const [, start = "", boot = ""] = describeHolder(process.pid).trim().split(" ");
  const rows: [why: string, holder: string, writtenAt: Date | undefined, isAlive: boolean][] = [
    ["this process", describeHolder(process.pid), ago(5), true],
    ["this process, as earlier agents wrote it", `${process.pid} ${boot}/${start}`, ago(5), true],
    ["the same number in an earlier life", `${process.pid} ${Number(start) - 1} ${boot}`, ago(5), false],
    ["the same number before the boot", `${process.pid} ${start} 00000000-0000-4000-8000-000000000000`, ago(5), false],
    ["the reader itself, without an incarnation: it knows better", `${process.pid} \n`, ago(5), false],
    ["its parent, without an incarnation", `${process.ppid} \n`, ago(0), true],
    ["a number that was given to a process since", `${process.ppid} \n`, ago(40 * 3600), false],
    ["a lock from the future", `${process.ppid} \n`, ago(-40 * 3600), false],
    ["nobody", "", ago(5), false],
    ["a half-written number", "12x4 ", ago(5), false],
    ["process 0", "0 \n", ago(5), false],
    ["all processes", "-1 \n", ago(5), false],
    ["no process any more", "2147483646 1 x\n", ago(5), false],
  ];
  for (const [why, holder, writtenAt, expected] of rows) {
    it(`is ${expected ? "alive" : "gone"}: ${why}`, () => assert.equal(isHolderAlive(holder, writtenAt), expected));
  }

  it("is not taken for a process that started after the lock was written", async () => {
    const child = spawn("sleep", ["60"]);
    try {
      await new Promise((resolve) => child.once("spawn", resolve));
      assert.equal(isHolderAlive(`${child.pid ?? 0} \n`, ago(30)), false);
      assert.equal(isHolderAlive(`${child.pid ?? 0} \n`, ago(0)), true);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

describe("a lock that a killed process left", { skip: NO_PROC }, () => {
  it("does not stop an agent that is process 1 in a container, again and again", async (t) => {
    const { directory, join: run } = await testNode(t);
    await run();
    const inNamespace = (script: string): ReturnType<typeof spawnSync> =>
      spawnSync("unshare", ["-pf", "--mount-proc", process.execPath, "--input-type=module", "-e", script]);
    if (inNamespace("").status !== 0) return t.skip("unshare is refused or missing here");
    const module = new URL("../../agent/directory/", import.meta.url).href;
    const script = `
      import { withDirectoryLock } from "${module}directory-lock.ts";
      import { REAL_FILE_SYSTEM } from "${module}file-system.ts";
      let waits = 0;
      const clock = { sleep: async () => { if (++waits > 2) { console.log("waits"); process.exit(7); } } };
      await withDirectoryLock(REAL_FILE_SYSTEM, ${JSON.stringify(directory)}, clock, async () => {
        console.log("took it as " + process.pid);
        process.kill(process.pid, "SIGKILL"); process.exit(9);
      });`;
    const lock = join(directory, "nodeseal.lock");
    for (const left of ["nothing", "its own", "1 \n"]) {
      if (left === "1 \n") writeFileSync(lock, left);
      const { stdout } = inNamespace(script);
      assert.equal(String(stdout), "took it as 1\n", `after ${left}`);
      assert.match(readFileSync(lock, "utf8"), /^1 \d+ [0-9a-f-]{36}\n$/);
    }
    assert.match((await run()).stdout, /nothing to do/);
  });
});

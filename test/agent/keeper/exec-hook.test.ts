import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { currentCertificate, currentPath, dueNode } from "../support/joined-node.ts";

describe("--exec", () => {
  it("tells the hook of each new certificate once, with what it needs to know", async (t) => {
    const { directory, run } = await dueNode(t);
    const log = join(directory, "hook.log");
    const hook = `printf '%s %s %s\\n' "$NODESEAL_NODE" "$NODESEAL_SERIAL_NUMBER" "$NODESEAL_CERTIFICATE" >> ${log}`;
    await run("renew", "--exec", hook);
    await run("renew", "--exec", hook);
    const serialNumber = currentCertificate(directory).serialNumber.toLowerCase();
    assert.equal(readFileSync(log, "utf8"), `n1 ${serialNumber} ${currentPath(directory)}\n`);
  });

  it("runs a hook again that failed", async (t) => {
    const { run } = await dueNode(t);
    const failed = await run("renew", "--exec", "echo cannot reload >&2; exit 7");
    assert.equal(failed.exitStatus, 1);
    assert.match(
      failed.stderr,
      /the certificate is in place, but --exec failed: the hook ended with status 7: cannot reload$/,
    );
    assert.equal((await run("renew", "--exec", "true")).exitStatus, 0);
  });

  it("ends a hook that takes too long, and all it started", async (t) => {
    const { directory, run } = await dueNode(t);
    const pidFile = join(directory, "pid");
    const { stderr } = await run("renew", "--exec", `sleep 300 & echo $! > ${pidFile}; wait`, "--exec-timeout", "1s");
    assert.match(stderr, /the hook took longer than 1 s and was ended/);
    const status = `/proc/${readFileSync(pidFile, "utf8").trim()}/stat`;
    // Ended, and at most not yet collected by its new parent.
    const isOver = (): boolean => !existsSync(status) || readFileSync(status, "utf8").includes(" Z ");
    for (let tries = 0; tries < 500 && !isOver(); tries++) await sleep(10);
    assert.ok(isOver());
  });
});

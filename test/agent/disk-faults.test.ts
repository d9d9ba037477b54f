import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import * as nodeFileSystem from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { failingFileSystem } from "./support/failing-file-system.ts";
import { currentCertificate, currentPath, testNode } from "./support/joined-node.ts";

describe("nodeseal-agent on a bad disk", () => {
  for (const [code, says, stride = 9] of [
    ["ENOSPC", /cannot write .*: the disk is full; free some space, then run this again/, 1],
    ["EROFS", /cannot write .*: the file system is read-only/],
    ["EACCES", /cannot write .*: permission denied; run the agent as the user that owns the directory/],
    ["EIO", /cannot write .*: the disk reports an input\/output error/],
    ["EDQUOT", /cannot write .*: the disk quota is used up/],
  ] as const) {
    it(`says in one line what to do about ${code}, wherever it strikes, and finishes once it is gone`, async (t) => {
      const { fileSystem, arm, disarm } = failingFileSystem(code);
      for (let step = 1; ; step += stride) {
        const { service, directory, join: run } = await testNode(t, { fileSystem });
        arm(step);
        const { exitStatus, stderr } = await run();
        const isBeyondTheLastWrite = disarm();
        if (isBeyondTheLastWrite) {
          assert.ok(step > 20, `only ${step} writes were tried`);
          return;
        }
        // After the certificate is in place, only the note that it was confirmed may fail.
        if (exitStatus === 0) assert.match(stderr, /could not be confirmed/);
        else assert.deepEqual([exitStatus, stderr.split("\n").length, says.test(stderr)], [1, 1, true], stderr);
        assert.equal((await run()).exitStatus, 0);
        assert.ok(currentCertificate(directory));
        assert.equal(service.issuances.size, 1, "a key was lost on the way");
        assert.deepEqual(
          readdirSync(directory).filter((name) => name.includes("tmp") || name.includes("lock")),
          [],
          `step ${step} left something behind`,
        );
      }
    });
  }

  it("keeps the old pair, and gets on once there is room, on a small disk that is really full", async (t) => {
    const mount = smallDisk(t);
    if (mount === undefined) return t.skip("mounting a tmpfs takes root");
    const { service, join: run } = await testNode(t);
    const directory = join(mount, "pki");
    assert.equal((await run("--dir", directory)).exitStatus, 0);
    const before = readFileSync(currentPath(directory), "utf8");
    const filler = join(mount, "filler");
    fill(filler);
    const { exitStatus, stderr } = await run("--dir", join(mount, "second"), "--node", "n2");
    assert.equal(exitStatus, 1);
    assert.match(stderr, /the disk is full; free some space/);
    assert.equal(readFileSync(currentPath(directory), "utf8"), before);
    rmSync(filler);
    assert.equal((await run("--dir", join(mount, "second"), "--node", "n2")).exitStatus, 0);
    assert.equal(service.issuances.size, 2);
  });

  it("says so when the directory cannot be made", async (t) => {
    const { directory, join: run } = await testNode(t);
    writeFileSync(directory, "a file");
    const { exitStatus, stderr } = await run("--dir", join(directory, "below"));
    assert.equal(exitStatus, 1);
    assert.match(stderr, /cannot write .*below: a part of the path is not a directory/);
    assert.match((await run()).stderr, /cannot write .*: a part of the path is not a directory/);
  });

  it("says so where the kernel makes no directories", { skip: !existsSync("/proc/self") }, async (t) => {
    const { join: run } = await testNode(t);
    const { exitStatus, stderr } = await run("--dir", "/proc/nodeseal/pki");
    assert.equal(exitStatus, 1);
    assert.match(stderr, /^nodeseal-agent: cannot write \/proc\/nodeseal\/pki: ENOENT.*$/);
  });

  it("does not mind who else makes the directory at the same time", async (t) => {
    const mkdirSync: typeof nodeFileSystem.mkdirSync = (path, options) => {
      const made = nodeFileSystem.mkdirSync(path, options);
      if (String(path).endsWith("/deep")) nodeFileSystem.mkdirSync(join(String(path), "pki"));
      return made;
    };
    const { directory, join: run } = await testNode(t, { fileSystem: { ...nodeFileSystem, mkdirSync } });
    const { exitStatus, stderr } = await run("--dir", join(directory, "deep", "pki"));
    assert.equal(exitStatus, 0, stderr);
  });

  it("makes every directory on the way, and takes a link to one", async (t) => {
    const { directory, join: run } = await testNode(t);
    assert.equal((await run("--dir", join(directory, "deep", "pki"))).exitStatus, 0);
    symlinkSync(join(directory, "deep"), `${directory}-link`);
    const { exitStatus, stderr } = await run("--dir", join(`${directory}-link`, "pki"), "--node", "n2");
    assert.equal(exitStatus, 2);
    assert.match(stderr, /pki-link\/pki\/kubelet-client-current\.pem is for system:node:n1, not system:node:n2/);
  });
});

/** A quarter of a mebibyte. Undefined where we may not mount. */
function smallDisk(t: TestContext): string | undefined {
  const mount = mkdtempSync(join(tmpdir(), "nodeseal-disk-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", mount], { stdio: "ignore" });
  t.after(() => {
    if (status === 0) spawnSync("umount", [mount]);
    rmSync(mount, { recursive: true });
  });
  if (status !== 0) return undefined;
  return mount;
}

function fill(path: string): void {
  const descriptor = openSync(path, "w");
  try {
    const { bfree, bsize } = statfsSync(path);
    nodeFileSystem.writeSync(descriptor, Buffer.alloc(bfree * bsize));
  } finally {
    closeSync(descriptor);
  }
  assert.ok(existsSync(path));
}

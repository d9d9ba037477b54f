import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readlinkSync, renameSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { lackingFileSystem, type Lack } from "./support/lacking-file-system.ts";
import { currentCertificate, currentPath, DUE_SECONDS, pairFiles, testNode } from "./support/joined-node.ts";

const LACKS: Lack[] = ["hard links", "symbolic links", "modes", "fsync of directories", "rename over a file"];

describe("nodeseal-agent on file systems that lack things", () => {
  for (const lacks of [...LACKS.map((lack) => [lack]), LACKS]) {
    for (const code of ["EPERM", "ENOTSUP"]) {
      it(`joins, renews seven times and joins again without ${lacks.join(", ")} (${code})`, async (t) => {
        const {
          service,
          clock,
          directory,
          join: run,
          run: other,
        } = await testNode(t, {
          fileSystem: lackingFileSystem(lacks, code),
        });
        assert.equal((await run()).exitStatus, 0);
        for (let renewals = 1; renewals <= 7; renewals++) {
          const before = currentCertificate(directory).serialNumber;
          clock.advance(DUE_SECONDS);
          const { exitStatus, stderr } = await other("renew");
          assert.deepEqual([exitStatus, stderr], [0, ""]);
          assert.notEqual(currentCertificate(directory).serialNumber, before);
        }
        assert.match((await run()).stdout, /nothing to do/);
        assert.equal((await other("status")).exitStatus, 0);
        assert.deepEqual([service.issuances.size, service.copiesSeen, pairFiles(directory).length], [8, [], 5]);
        const left = readdirSync(directory).filter((name) => /tmp|old|lock/.test(name));
        assert.deepEqual(left, []);
      });
    }
  }

  it("gets back a file that was moved aside when the crash came", async (t) => {
    const { directory, join: run } = await testNode(t);
    await run();
    renameSync(currentPath(directory), join(directory, ".kubelet-client-current.pem.nodeseal-old"));
    assert.match((await run()).stdout, /nothing to do/);
    assert.ok(currentCertificate(directory));
    assert.equal(
      readdirSync(directory).some((name) => name.endsWith("-old")),
      false,
    );
  });
});

describe("a directory that was moved", () => {
  it("stays usable, by a link that is relative", async (t) => {
    const { service, clock, directory, join: run, run: other } = await testNode(t);
    await run();
    const moved = `${directory}.moved`;
    renameSync(directory, moved);
    assert.equal((await other("status", "--dir", moved)).exitStatus, 0);
    clock.advance(DUE_SECONDS);
    assert.equal((await other("renew", "--dir", moved)).exitStatus, 0);
    assert.equal(service.issuances.size, 2);
  });

  it("is mended where the link is absolute, as earlier agents and the kubelet make it", async (t) => {
    const { service, directory, join: run, run: other } = await testNode(t);
    await run();
    const [file = ""] = pairFiles(directory);
    unlinkSync(currentPath(directory));
    symlinkSync(join(directory, file), currentPath(directory));
    const moved = `${directory}.moved`;
    renameSync(directory, moved);
    assert.equal((await other("status", "--dir", moved)).exitStatus, 0);
    assert.match((await run("--dir", moved)).stdout, /nothing to do/);
    assert.equal(readlinkSync(currentPath(moved)), file);
    assert.equal(service.issuances.size, 1);
  });

  it("is not taken for another one that its link leads to", async (t) => {
    const { directory, join: run } = await testNode(t);
    await run();
    const copy = `${directory}.copy`;
    cpSync(directory, copy, { recursive: true, verbatimSymlinks: true });
    const [file = ""] = pairFiles(directory);
    unlinkSync(currentPath(copy));
    symlinkSync(join(directory, file), currentPath(copy));
    await run("--dir", copy);
    assert.equal(readlinkSync(currentPath(copy)), join(directory, file));
  });

  it("works where it is mounted at another path", async (t) => {
    const { directory, join: run, run: other } = await testNode(t);
    await run();
    const mounted = `${directory}.mounted`;
    mkdirSync(mounted);
    if (!mount("--bind", directory, mounted)) return t.skip("mounting takes root");
    try {
      assert.equal((await other("renew", "--force", "--dir", mounted)).exitStatus, 0);
    } finally {
      spawnSync("umount", [mounted]);
    }
    assert.equal((await other("status")).exitStatus, 0);
  });
});

describe("a read-only file system", () => {
  it("is named in one line by what writes, and status works", async (t) => {
    const { service, directory, join: run, run: other } = await testNode(t);
    await run();
    const readOnly = `${directory}.ro`;
    mkdirSync(readOnly);
    if (!mount("--bind", directory, readOnly)) return t.skip("mounting takes root");
    try {
      spawnSync("mount", ["-o", "remount,ro,bind", readOnly]);
      const requests = service.requests.length;
      for (const command of ["renew", "join"]) {
        const here = ["--dir", readOnly];
        const { exitStatus, stderr } = await (command === "join" ? run(...here) : other(command, ...here));
        assert.equal(exitStatus, 1);
        assert.match(stderr, /^nodeseal-agent: cannot write .*: the file system is read-only; .*$/);
      }
      assert.equal((await other("status", "--dir", readOnly)).exitStatus, 0);
      assert.equal(service.requests.length, requests);
    } finally {
      spawnSync("umount", [readOnly]);
    }
  });
});

describe("the modes of files", () => {
  for (const mask of [0o000, 0o022, 0o027, 0o077, 0o177]) {
    it(`do not depend on the umask ${mask.toString(8).padStart(3, "0")}`, async (t) => {
      const { directory, clock, join: run, run: other, stop } = await testNode(t);
      const before = process.umask(mask);
      try {
        assert.equal((await run()).exitStatus, 0);
        clock.advance(DUE_SECONDS);
        assert.equal((await other("renew")).exitStatus, 0);
        const running = other("run");
        stop();
        await running;
      } finally {
        process.umask(before);
      }
      const modeOf = (name: string): string => (statSync(join(directory, name)).mode & 0o777).toString(8);
      assert.equal(modeOf("."), "755");
      for (const name of ["trust-bundle.pem", "nodeseal-health.json"]) assert.equal(modeOf(name), "644", name);
      for (const name of ["nodeseal.json", ...pairFiles(directory)]) assert.equal(modeOf(name), "600", name);
    });
  }
});

/** @returns false where we may not mount */
function mount(...parameters: string[]): boolean {
  return spawnSync("mount", parameters, { stdio: "ignore" }).status === 0;
}

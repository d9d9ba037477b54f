import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { currentCertificate, currentPath, pairFiles, testNode } from "./support/joined-node.ts";

describe("nodeseal-agent join, in a directory with a past", () => {
  it("leaves a kubelet's own certificate alone", async (t) => {
    const kubelet = await testNode(t);
    await kubelet.join();
    const { service, directory, join: run } = await testNode(t);
    mkdirSync(directory);
    writeFileSync(
      join(directory, "kubelet-client-2026-01-02-03-04-05.pem"),
      readFileSync(currentPath(kubelet.directory)),
    );
    symlinkSync(join(directory, "kubelet-client-2026-01-02-03-04-05.pem"), currentPath(directory));
    const before = readdirSync(directory);
    const { exitStatus, stderr } = await run();
    assert.equal(exitStatus, 1);
    assert.match(stderr, /was not made by this agent, perhaps by a kubelet; choose another --dir or --name/);
    assert.deepEqual(readdirSync(directory), before);
    assert.equal(service.requests.length, 0);
  });

  it("takes no pair for its own that another program put in its place", async (t) => {
    const cluster = await testNode(t);
    await cluster.join();
    const node = await testNode(t);
    await node.join();
    const name = "kubelet-client-2026-01-02-03-04-05.pem";
    writeFileSync(join(node.directory, name), readFileSync(currentPath(cluster.directory)));
    unlinkSync(currentPath(node.directory));
    symlinkSync(join(node.directory, name), currentPath(node.directory));
    node.service.requests.length = 0;
    for (const [command, exitStatus] of [
      ["status", 3],
      ["renew", 1],
      ["run", 1],
    ] as const) {
      const said = await node.run(command);
      assert.equal(said.exitStatus, exitStatus, command);
      assert.match(
        said.stdout + said.stderr,
        /another program has put its own certificate there.*rotateCertificates: false/,
      );
    }
    assert.equal(node.service.requests.length, 0);
    // What it advises.
    const joined = await node.join();
    assert.equal(joined.exitStatus, 0, joined.stderr);
    assert.match(joined.stdout, /^nothing to do, this machine already is system:node:n1$/m);
    assert.equal((await node.run("status")).exitStatus, 0);
    assert.ok(existsSync(join(node.directory, name)), "what is not ours stays");
  });

  it("works beside a kubelet's serving pair and another prefix", async (t) => {
    const { directory, join: run } = await testNode(t);
    mkdirSync(directory);
    for (const name of ["kubelet.crt", "kubelet.key", "kubelet-server-2026-01-02-03-04-05.pem"]) {
      writeFileSync(join(directory, name), name);
    }
    assert.equal((await run()).exitStatus, 0);
    for (const name of ["kubelet.crt", "kubelet.key", "kubelet-server-2026-01-02-03-04-05.pem"]) {
      assert.equal(readFileSync(join(directory, name), "utf8"), name);
    }
  });

  const refusals: {
    why: string;
    prepare: (directory: string) => void;
    flags?: string[];
    says: RegExp;
    status?: number;
  }[] = [
    {
      why: "a regular file has the current link's name",
      prepare: (directory) => {
        const pem = readFileSync(currentPath(directory));
        unlinkSync(currentPath(directory));
        writeFileSync(currentPath(directory), `Somebody's own note\n${String(pem)}`);
      },
      says: /current\.pem is a file where a symbolic link belongs/,
    },
    {
      why: "a regular file has the updated link's name",
      prepare: (directory) => writeFileSync(join(directory, "kubelet-client-updated.pem"), ""),
      says: /updated\.pem is a file where a symbolic link belongs/,
    },
    {
      why: "the certificate is another node's",
      prepare: () => undefined,
      flags: ["--node", "n2"],
      says: /is for system:node:n1, not system:node:n2/,
      status: 2,
    },
    {
      why: "the directory serves another prefix",
      prepare: () => undefined,
      flags: ["--name", "other"],
      says: /already in use for kubelet-client-current\.pem/,
      status: 2,
    },
    {
      why: "the certificate is another signer's",
      prepare: () => undefined,
      flags: ["--signer", "kubernetes.io/kubelet-serving", "--dns", "n1", "--name", "kubelet-client"],
      says: /current\.pem is of kubernetes\.io\/kube-apiserver-client-kubelet, not of kubernetes\.io\/kubelet-serving/,
      status: 2,
    },
    {
      why: "the agent's own notes are damaged",
      prepare: (directory) => writeFileSync(join(directory, "nodeseal.json"), "{"),
      says: /nodeseal\.json is damaged/,
    },
  ];
  for (const { why, prepare, flags = [], says, status = 1 } of refusals) {
    it(`stops when ${why}`, async (t) => {
      const { directory, join: run } = await testNode(t);
      await run();
      prepare(directory);
      const { exitStatus, stderr } = await run(...flags);
      assert.equal(exitStatus, status);
      assert.match(stderr, says);
    });
  }

  it("finishes a switch that a crash interrupted", async (t) => {
    const { service, directory, join: run } = await testNode(t);
    await run();
    renameSync(currentPath(directory), join(directory, "kubelet-client-updated.pem"));
    const { exitStatus, stdout } = await run();
    assert.equal(exitStatus, 0);
    assert.match(stdout, /nothing to do/);
    assert.equal(existsSync(join(directory, "kubelet-client-updated.pem")), false);
    assert.equal(service.tokenUses.size, 1);
  });

  it("does not promote an updated link that leads nowhere", async (t) => {
    const { directory, join: run } = await testNode(t);
    await run();
    const target = readlinkSync(currentPath(directory));
    symlinkSync(join(directory, "kubelet-client-gone.pem"), join(directory, "kubelet-client-updated.pem"));
    assert.equal((await run()).exitStatus, 0);
    assert.equal(readlinkSync(currentPath(directory)), target);
  });

  for (const [why, content] of [
    ["half a key", "-----BEGIN EC PRIVATE KEY-----\nMHcCAQ"],
    ["nothing at all", ""],
  ]) {
    it(`makes a new key when the file of the pending one holds ${why}`, async (t) => {
      const { directory, join: run } = await testNode(t);
      mkdirSync(directory);
      writeFileSync(join(directory, "kubelet-client.key.tmp"), content ?? "");
      assert.equal((await run()).exitStatus, 0);
      assert.equal(existsSync(join(directory, "kubelet-client.key.tmp")), false);
    });
  }

  it("replaces temporary files that a crash left", async (t) => {
    const { directory, join: run } = await testNode(t);
    mkdirSync(directory);
    for (const name of [".nodeseal.json.nodeseal-tmp", ".trust-bundle.pem.nodeseal-tmp"]) {
      writeFileSync(join(directory, name), "half");
    }
    assert.equal((await run()).exitStatus, 0);
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.includes("tmp")),
      [],
    );
  });

  it("joins again over a pair that is damaged", async (t) => {
    const { service, directory, clock, join: run } = await testNode(t);
    await run();
    writeFileSync(realpathSync(currentPath(directory)), "half");
    // The node's certificate is live: the name is free again only once an operator has released it.
    service.nodes.clear();
    clock.advance(1);
    assert.equal((await run()).exitStatus, 0);
    assert.ok(currentCertificate(directory));
  });

  it("never overwrites a file of the same second", async (t) => {
    const { clock, directory, join: run } = await testNode(t);
    mkdirSync(directory);
    const names = [0, 1].map((seconds) => {
      const at = new Date(clock.now().getTime() + seconds * 1000);
      const parts = [at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()];
      return `kubelet-client-${at.getFullYear()}-${parts.map((part) => String(part).padStart(2, "0")).join("-")}.pem`;
    });
    for (const name of names) writeFileSync(join(directory, name), "somebody else's");
    assert.equal((await run()).exitStatus, 0);
    assert.equal(pairFiles(directory).length, 3);
    for (const name of names) assert.equal(readFileSync(join(directory, name), "utf8"), "somebody else's");
  });

  it("waits for another agent in the directory, and says which when it has waited long enough", async (t) => {
    const { clock, directory, join: run } = await testNode(t);
    mkdirSync(directory);
    writeFileSync(join(directory, "nodeseal.lock"), `${process.ppid} \n`);
    const { exitStatus, stderr } = await run();
    assert.equal(exitStatus, 1);
    assert.match(stderr, new RegExp(`another nodeseal-agent \\(process ${process.ppid}\\) is at work`));
    assert.ok(clock.elapsedMilliseconds() >= 60_000);
  });

  for (const [why, holder] of [
    ["a process that is gone", "999999999 \n"],
    ["an earlier process with the same number", `${process.pid} some-other-boot/1\n`],
    ["nobody", ""],
  ]) {
    it(`takes over the lock of ${why}`, async (t) => {
      const { directory, join: run } = await testNode(t);
      mkdirSync(directory);
      writeFileSync(join(directory, "nodeseal.lock"), holder ?? "");
      assert.equal((await run()).exitStatus, 0);
      assert.equal(existsSync(join(directory, "nodeseal.lock")), false);
    });
  }
});

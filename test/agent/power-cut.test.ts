import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { parsePair } from "../../agent/directory/certificate-pair.ts";
import { PowerCutDisk } from "./support/power-cut-disk.ts";
import { testNode, type TestNode } from "./support/joined-node.ts";

const CURRENT = "/pki/kubelet-client-current.pem";

/** How much of what was not fsynced survives: of the directories' changes, and of each file. */
const REMAINS = [
  { journal: 0, content: 0, why: "nothing that was not fsynced survives" },
  { journal: 0.5, content: 0.5, why: "half of it does" },
  { journal: 1, content: 0, why: "names survive, contents do not" },
  { journal: 1, content: 1, why: "all of it does" },
];

function readCurrent(disk: PowerCutDisk): string | undefined {
  try {
    return disk.fileSystem.readFileSync(CURRENT, "utf8");
  } catch {
    return undefined;
  }
}

function serialNumberOf(pem: string): string {
  return new X509Certificate(pem).serialNumber;
}

/** Runs the command with a cut at each step in turn, and looks at what is left. */
async function cutEverywhere(
  t: Parameters<typeof testNode>[0],
  remains: (typeof REMAINS)[number],
  prepare: (node: TestNode, flags: string[]) => Promise<void>,
  command: (node: TestNode, flags: string[]) => Promise<{ exitStatus: number; stderr: string }>,
): Promise<void> {
  for (let step = 1; ; step++) {
    const disk = new PowerCutDisk();
    const node = await testNode(t, { fileSystem: disk.fileSystem });
    const flags = ["--dir", "/pki"];
    await prepare(node, flags);
    const before = readCurrent(disk);
    const issuedBefore = node.service.issuances.size;

    disk.cutAt(step);
    await command(node, flags);
    const hadPower = !disk.isCut;
    disk.reboot(remains.journal, remains.content);
    // This process has survived its own power cut; the one that held the lock has not.
    disk.edit("/pki/nodeseal.lock", `${process.pid} an-earlier-boot/1\n`);

    const between = readCurrent(disk);
    if (between !== undefined)
      assert.notEqual(typeof parsePair(between), "string", `step ${step}: half a pair is current`);
    if (before !== undefined) assert.ok(between !== undefined, `step ${step}: the old pair is gone`);

    node.clock.advance(60);
    const { exitStatus, stderr } = await command(node, flags);
    assert.equal(exitStatus, 0, `step ${step}: ${stderr}`);
    const after = readCurrent(disk) ?? "";
    const newest = Array.from(node.service.issuances.values()).at(-1)?.certificate;
    assert.equal(serialNumberOf(after), newest?.serialNumber, `step ${step}`);
    assert.equal(node.service.issuances.size, issuedBefore + 1, `step ${step}: a key was lost`);
    assert.deepEqual(node.service.copiesSeen, [], `step ${step}`);
    const litter = [...disk.files().keys()].filter((path) => /tmp$|lock|updated/.test(path));
    assert.deepEqual(litter, [], `step ${step}`);
    if (hadPower) {
      assert.ok(step > 30, `only ${step} steps`);
      return;
    }
  }
}

describe("a power cut at any instant", () => {
  for (const remains of REMAINS) {
    it(`costs a joining node nothing, when ${remains.why}`, async (t) => {
      await cutEverywhere(
        t,
        remains,
        async () => Promise.resolve(),
        async ({ join }, flags) => await join(...flags),
      );
    });

    it(`leaves a renewing node with the old pair or the new one, when ${remains.why}`, async (t) => {
      await cutEverywhere(
        t,
        remains,
        async ({ join, clock }, flags) => {
          assert.equal((await join(...flags)).exitStatus, 0);
          clock.advance(22 * 3600);
        },
        async ({ run }, flags) => await run("renew", ...flags),
      );
    });
  }
});

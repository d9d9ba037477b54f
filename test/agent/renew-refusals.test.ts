import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, realpathSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { currentPath, dueNode, type TestNode } from "./support/joined-node.ts";
import { testAuthority } from "./support/test-authority.ts";

const FOREIGN = await testAuthority("CN=Somebody else's CA");

describe("nodeseal-agent renew, refused", () => {
  const refusals: { why: string; prepare: (node: TestNode) => void; says: RegExp; exitStatus?: number }[] = [
    {
      why: "its certificate was revoked",
      prepare: ({ service }) => service.nodes.set("system:node:n1", { revoked: true }),
      says: /this certificate was revoked; if this machine may come back, join again .*keyCompromise/,
    },
    {
      why: "a copy of the disk has renewed before it",
      prepare: ({ service }) => service.nodes.set("system:node:n1", { anchor: "csr-of-the-copy" }),
      says: /this certificate was replaced: somebody else may hold a copy of this disk/,
    },
    {
      why: "it was off too long, with what an operator can do",
      prepare: ({ clock }) => clock.advance(400 * 86_400),
      says: /this certificate has expired, and the service does not let it recover; an operator can allow that, or join again with a new token \(certificate_expired: .*nodeseal node allow-recovery n1\)\)$/,
      exitStatus: 3,
    },
    {
      why: "it was off too long, and revoked meanwhile",
      prepare: ({ service, clock }) => {
        clock.advance(400 * 86_400);
        service.nodes.set("system:node:n1", { revoked: true });
      },
      says: /this certificate was revoked; if this machine may come back, join again/,
      exitStatus: 3,
    },
    {
      why: "it was off so long that nobody knows its CA any more",
      prepare: ({ service, clock }) => {
        clock.advance(400 * 86_400);
        service.fail("renew", { status: 401, code: "invalid_proof", detail: "its CA is not in use any more" });
      },
      says: /does not accept the proof .*its CA is not in use any more.*the certificate expired .*\(399d .* ago\): if the service does not let it recover, an operator can run "nodeseal node allow-recovery n1", or join again with a new token$/,
      exitStatus: 3,
    },
    {
      why: "the new certificate is for another node",
      prepare: ({ service }) => {
        service.subjectOf = () => "CN=system:node:other";
      },
      says: /was not installed: its common name is "system:node:other"/,
    },
    {
      why: "the new certificate is from a CA that is not in the bundle",
      prepare: ({ service }) => {
        service.issuing = FOREIGN;
      },
      says: /was not installed: its chain does not lead to a CA/,
    },
  ];
  for (const { why, prepare, says, exitStatus: expected = 1 } of refusals) {
    it(`keeps the old pair when ${why}`, async (t) => {
      const node = await dueNode(t);
      const before = readFileSync(currentPath(node.directory), "utf8");
      prepare(node);
      const { exitStatus, stderr } = await node.run("renew");
      assert.equal(exitStatus, expected);
      const lines = stderr.split("\n");
      if (expected === 3) assert.match(lines.shift() ?? "", /has expired: asking the service to let n1 recover$/);
      assert.equal(lines.length, 1, stderr);
      assert.match(lines[0] ?? "", says);
      assert.equal(readFileSync(currentPath(node.directory), "utf8"), before);
    });
  }

  for (const [why, damage, says] of [
    ["nobody has joined", (directory: string) => unlinkSync(join(directory, "nodeseal.json")), /no node has joined in/],
    ["the pair is gone", (directory: string) => unlinkSync(currentPath(directory)), /cannot be used: it is not there/],
    [
      "the key is another certificate's",
      (directory: string) => {
        const file = realpathSync(currentPath(directory));
        const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
          format: "pem",
          type: "sec1",
        });
        writeFileSync(file, readFileSync(file, "utf8").replace(/-----BEGIN EC[^]*$/, String(key)));
      },
      /cannot be used: its key does not belong to its certificate; run nodeseal-agent join again/,
    ],
  ] as const) {
    it(`says what to do when ${why}`, async (t) => {
      const { service, directory, run } = await dueNode(t);
      damage(directory);
      const requests = service.requests.length;
      const { exitStatus, stderr } = await run("renew");
      assert.equal(exitStatus, 1);
      assert.match(stderr, says);
      assert.equal(service.requests.length, requests);
    });
  }
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runAgent } from "./support/agent-run.ts";

describe("nodeseal-agent, called wrongly", () => {
  const calls: readonly { why: string; argv: readonly string[]; says: RegExp }[] = [
    {
      why: "a mistyped command",
      argv: ["joi"],
      says: /unknown command 'joi' \(Did you mean join\?\); see nodeseal-agent --help$/,
    },
    {
      why: "a mistyped option",
      argv: ["renew", "--forse"],
      says: /'--forse' \(Did you mean --force\?\); see nodeseal-agent renew --help$/,
    },
    { why: "a missing option", argv: ["join"], says: /'--node <name>' not specified; see nodeseal-agent join --help$/ },
    {
      why: "an option without its value",
      argv: ["status", "--dir"],
      says: /argument missing; see nodeseal-agent status --help$/,
    },
    {
      why: "a value that is none",
      argv: ["join", "--node", "N_1"],
      says: /'N_1' is invalid\. the node name must be .*; see nodeseal-agent join --help$/,
    },
    { why: "an argument too many", argv: ["run", "now"], says: /too many arguments.*; see nodeseal-agent run --help$/ },
  ];
  for (const { why, argv, says } of calls) {
    it(`says in one line what is wrong with ${why}, and where the help is`, async () => {
      const { exitStatus, stdout, stderr } = await runAgent(argv, {});
      assert.deepEqual([exitStatus, stdout, stderr.includes("\n")], [2, "", false], stderr);
      assert.match(stderr, /^nodeseal-agent: /);
      assert.match(stderr, says);
    });
  }

  it("repeats no token that stands in the wrong place", async () => {
    const { stderr } = await runAgent(["join", "--node", "abcdef.0123456789abcdef_"], {});
    assert.doesNotMatch(stderr, /0123456789/);
    assert.match(stderr, /abcdef\.<secret>/);
  });

  it("shows the help on stdout where it was asked for", async () => {
    const { exitStatus, stdout, stderr } = await runAgent(["renew", "--help"], {});
    assert.deepEqual([exitStatus, stderr], [0, ""]);
    assert.match(stdout, /^Usage: nodeseal-agent renew/);
  });
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { isMissing, SCRIPT, shellMachine, SHELLS } from "./support/shell-machine.ts";

for (const candidate of SHELLS) {
  describe(
    `nodeseal-join.sh with ${candidate.name}, called wrongly`,
    { skip: isMissing(candidate) && `${candidate.name} is not here` },
    () => {
      for (const [why, argv] of [
        ["no command", []],
        ["an unknown command", ["jion"]],
        ["an unknown option", ["join", "--tokn", "x"]],
        ["a token on the command line", ["join", "--token", "abcdef.0123456789abcdef"]],
        ["a node name that is none", ["join", "--url", "https://x.test", "--token-file", "x", "--node", "N 1"]],
        ["an address that is not https", ["join", "--url", "http://x.test", "--token-file", "x", "--node", "n1"]],
        [
          "a pin that is none",
          ["join", "--url", "https://x.test", "--token-file", "x", "--node", "n1", "--ca-cert-hash", "x"],
        ],
      ] as const) {
        it(`says 2 in one line for ${why}`, async (t) => {
          const { sh, directory } = await shellMachine(t, candidate.shell);
          const { exitStatus, stderr } = await sh([...argv, ...(argv.length > 0 ? ["--dir", directory] : [])]);
          assert.equal(exitStatus, 2);
          if (argv.length > 0) assert.match(stderr, /^nodeseal-join: .*see nodeseal-join\.sh --help\)\n$/);
        });
      }
    },
  );
}

it("is clean to shellcheck", (t) => {
  const { error, status, stdout } = spawnSync("shellcheck", ["-s", "sh", SCRIPT], { encoding: "utf8" });
  if (error !== undefined) return t.skip("shellcheck is not here");
  assert.deepEqual({ status, stdout }, { status: 0, stdout: "" });
});

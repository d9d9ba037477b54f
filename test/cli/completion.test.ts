import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run } from "../support/command.ts";
import { startAdminServer, type AdminServer } from "./support/admin-server.ts";
import { nodeItem } from "./support/canned-items.ts";
import { CLI_COMMAND, environmentOf, runCli } from "./support/cli.ts";

describe("nodeseal complete", () => {
  let server: AdminServer;
  before(async () => {
    server = await startAdminServer();
    const names = ["worker-1", "worker-2", "db", "$(touch pwned)", "`id`", "a b", "-rf"];
    server.respond(({ path }) => ({
      body: path.endsWith("/nodes") ? { items: names.map((nodeName) => nodeItem({ nodeName })) } : { items: [] },
    }));
  });
  after(() => server.close());

  const complete = async (...words: string[]): Promise<readonly string[]> => {
    const { status, stdout, stderr } = await runCli(["complete", "--", ...words], environmentOf(server));
    assert.deepEqual([status, stderr], [0, ""]);
    return stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0] ?? ""]));
  };

  const CASES: readonly { readonly words: readonly string[]; readonly gives: readonly string[] }[] = [
    { words: ["to"], gives: ["token"] },
    { words: ["help", "po"], gives: ["policy"] },
    { words: ["token", "re"], gives: ["revoke"] },
    { words: ["-o", "j"], gives: ["json"] },
    { words: ["--url", "x", "node", "sh"], gives: ["show"] },
    { words: ["node", "list", "--no"], gives: ["--no-headers"] },
    { words: ["node", "show", ""], gives: ["worker-1", "worker-2", "db"] },
    { words: ["node", "revoke", "worker-1", "work"], gives: ["worker-2"] },
    { words: ["node", "show", "worker-1", ""], gives: [] },
    { words: ["cert", "list", "--node", "d"], gives: ["db"] },
    { words: ["completion", ""], gives: ["bash", "zsh", "fish"] },
    { words: ["nothing", ""], gives: [] },
  ];
  for (const { words, gives } of CASES) {
    it(`gives ${gives.join(", ") || "nothing"} for ${words.join(" ")}<TAB>`, async () => {
      const given = await complete(...words);
      if (words[0] === "nothing") assert.ok(!given.includes("worker-1"));
      else assert.deepEqual(given, gives);
    });
  }

  it("gives every group but the hidden command for <TAB>", async () => {
    const given = await complete("");
    assert.deepEqual(given.slice(0, 3), ["token", "csr", "cert"]);
    assert.ok(!given.includes("complete"));
  });

  it("gives nothing where no service answers", async () => {
    const { status, stdout, stderr } = await runCli(["complete", "--", "node", "show", ""], {
      ...environmentOf(server),
      NODESEAL_URL: "https://127.0.0.1:9",
    });
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  });

  describe("in a shell", () => {
    const home = mkdtempSync(join(tmpdir(), "nodeseal-completion-"));
    after(() => rmSync(home, { recursive: true, force: true }));
    before(() => {
      const [node, main] = CLI_COMMAND;
      writeFileSync(join(home, "nodeseal"), `#!/bin/sh\nexec '${node}' '${main}' "$@"\n`, { mode: 0o755 });
      symlinkSync("/dev/null", join(home, "worker-file"));
    });
    const SHELLS: readonly { readonly shell: string; readonly args: readonly string[] }[] = [
      {
        shell: "bash",
        args: [
          "-c",
          '. <(nodeseal completion bash); COMP_WORDS=(nodeseal node show wor) COMP_CWORD=3; _nodeseal; printf "%s\\n" "${COMPREPLY[@]}"',
        ],
      },
      {
        shell: "zsh",
        args: [
          "-fc",
          "compdef() {}; compadd() { print -l -- $names }; . <(nodeseal completion zsh); words=(nodeseal node show wor) CURRENT=4; _nodeseal",
        ],
      },
      { shell: "fish", args: ["-Nc", 'nodeseal completion fish | source; complete -C "nodeseal node show wor"'] },
    ];
    for (const { shell, args } of SHELLS) {
      const isThere = spawnSync(shell, ["--version"]).status === 0;
      it(`${shell} gives names`, { skip: isThere ? false : `${shell} is not on this machine` }, async () => {
        const environment = environmentOf(server);
        const { stdout, stderr } = await run(shell, args, {
          environment: { ...environment, HOME: home, PATH: `${home}:${environment["PATH"] ?? ""}` },
        });
        assert.equal(stderr, "");
        assert.deepEqual(
          stdout
            .trim()
            .split("\n")
            .map((line) => line.split("\t")[0]),
          ["worker-1", "worker-2"],
        );
      });
    }
  });
});

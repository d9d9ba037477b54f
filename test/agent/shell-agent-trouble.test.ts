import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { temporaryDirectory } from "./support/agent-run.ts";
import { readAgentState, writeAgentState } from "../../agent/directory/agent-state.ts";
import { REAL_FILE_SYSTEM } from "../../agent/directory/file-system.ts";
import { assertWholePair, isMissing, shellMachine, SHELLS } from "./support/shell-machine.ts";

const BOOT = "/proc/sys/kernel/random/boot_id";

for (const candidate of SHELLS) {
  describe(
    `nodeseal-join.sh in trouble, with ${candidate.name}`,
    { skip: isMissing(candidate) && `${candidate.name} is not here` },
    () => {
      it("takes over a lock that nobody holds, and waits no longer than --wait for one that somebody does", async (t) => {
        const { directory, join: joinNode } = await shellMachine(t, candidate.shell);
        mkdirSync(directory);
        const lock = join(directory, "nodeseal.lock");
        const [boot, own] = [readFileSync(BOOT, "utf8").trim(), process.pid];
        const started =
          readFileSync(`/proc/${own}/stat`, "utf8")
            .replace(/^.*\) /s, "")
            .split(" ")[19] ?? "";
        for (const holder of [`${own} ${started} ${boot}`, `${own} ${boot}/${started}`, `${own} `]) {
          writeFileSync(lock, `${holder}\n`);
          const held = await joinNode("--wait", "1");
          assert.equal(held.exitStatus, 1);
          assert.match(held.stderr, new RegExp(`^nodeseal-join: process ${own} is at work`));
        }
        const stale = [`${own} 1 ${boot}`, `${own} ${started} 0000`, "999999999", "x[$(:)] 1", "-1"];
        for (const holder of stale) {
          writeFileSync(lock, `${holder}\n`);
          const { exitStatus, stderr } = await joinNode("--wait", "3");
          assert.equal(exitStatus, 0, `${holder}: ${stderr}`);
        }
        assertWholePair(directory);
      });

      it("locks where there are no hard links", async (t) => {
        const { directory, joining, sh } = await shellMachine(t, candidate.shell);
        const programs = temporaryDirectory(t);
        const real = execFileSync("sh", ["-c", "command -v ln"], { encoding: "utf8" }).trim();
        writeFileSync(join(programs, "ln"), `#!/bin/sh\n[ "$1" = -s ] && exec ${real} "$@"\nexit 1\n`, { mode: 0o755 });
        const { exitStatus, stderr } = await sh(joining, { PATH: `${programs}:${process.env["PATH"] ?? ""}` });
        assert.deepEqual({ exitStatus, stderr }, { exitStatus: 0, stderr: "" });
        assertWholePair(directory);
      });

      it("knows one address by each of its spellings", async (t) => {
        const { service, directory, sh, joining } = await shellMachine(t, candidate.shell);
        const url = joining[joining.indexOf("--url") + 1] ?? "";
        const { port } = new URL(url);
        const spelt = joining.map((word) => (word === url ? `HTTPS://LocalHost.:0${port}//` : word));
        assert.equal((await sh(spelt)).exitStatus, 0);
        assert.equal((await sh(["renew", "--force", "--dir", directory])).exitStatus, 0);
        assert.equal(service.issuances.size, 2);
        assert.match(readFileSync(join(directory, "nodeseal.json"), "utf8"), new RegExp(`"https://localhost:${port}"`));
      });

      it("takes a token file as editors leave it, and goes on where the directory was moved", async (t) => {
        const { service, directory, joining, sh } = await shellMachine(t, candidate.shell);
        const tokenFile = joining[joining.indexOf("--token-file") + 1] ?? "";
        writeFileSync(tokenFile, `\ufeff ${service.token} \r\n`);
        assert.equal((await sh(joining)).exitStatus, 0);
        const moved = join(dirname(directory), "moved");
        renameSync(directory, moved);
        assert.equal((await sh(["renew", "--force", "--dir", moved])).exitStatus, 0);
        assertWholePair(moved);
      });

      it("keeps what nodeseal-agent keeps in the state besides", async (t) => {
        const { directory, join: joinNode, renew } = await shellMachine(t, candidate.shell);
        assert.equal((await joinNode()).exitStatus, 0);
        const state = readAgentState(REAL_FILE_SYSTEM, directory);
        assert.ok(state);
        const serving = { isFromMachine: false, dnsNames: ["n1.example"], ipAddresses: ["10.0.0.1"] };
        const besides = { hookDoneFor: "1a2b", serving };
        for (const more of [{}, { serving }, besides, { pairFiles: state.pairFiles, ...besides }]) {
          const { pairFiles, ...rest } = { ...state, ...more };
          writeAgentState(REAL_FILE_SYSTEM, directory, { ...rest, pairFiles });
          assert.equal((await renew("--force")).exitStatus, 0);
          assert.partialDeepStrictEqual(readAgentState(REAL_FILE_SYSTEM, directory), more);
        }
      });

      it("refuses another holder's certificate in a directory, and takes another key for the same by --force", async (t) => {
        const { service, directory, sh, joining, join: joinNode } = await shellMachine(t, candidate.shell);
        assert.equal((await joinNode()).exitStatus, 0);
        const other = await sh(joining.map((word) => (word === "n1" ? "n2" : word)));
        assert.equal(other.exitStatus, 2);
        assert.match(
          other.stderr,
          /is for CN=system:node:n1 O=system:nodes .*, not CN=system:node:n2 .*choose another/,
        );
        service.nodes.clear();
        assert.equal((await joinNode("--force")).exitStatus, 0);
        assert.equal(service.issuances.size, 2);
        assertWholePair(directory);
      });

      it("says in one line which proxy it cannot go through, and not its password", async (t) => {
        const { sh, directory } = await shellMachine(t, candidate.shell);
        const argv = [
          "join",
          "--url",
          "https://nodeseal.test",
          "--token-file",
          "x",
          "--node",
          "n1",
          "--dir",
          directory,
        ];
        for (const proxy of [
          "socks5://proxy.test:1080",
          "http://me:pa%ss@proxy.test:3128",
          "http://me:sec/ret@proxy.test",
        ]) {
          const { exitStatus, stderr } = await sh(argv, { HTTPS_PROXY: proxy });
          assert.equal(exitStatus, 2, `${proxy}: ${stderr}`);
          assert.match(stderr, /^nodeseal-join: HTTPS_PROXY looks like [^\n]*\n$/);
          assert.doesNotMatch(stderr, /pa%ss|sec/);
        }
      });

      it("says in one line which options do not go together", async (t) => {
        const { directory, sh } = await shellMachine(t, candidate.shell);
        const server = ["--signer", "nodeseal.dev/server", "--node", "web-1"];
        for (const wrong of [
          ["--node", "n1", "--dns", "a.example"],
          ["--node", "n1", "--organization", "dev"],
          server,
          [...server, "--dns", "a.example,DNS:b.example"],
          [...server, "--dns", "a.example\nDNS:b.example"],
          [...server, "--dns", "10.0.0.1"],
          [...server, "--ip", "$(id)"],
          [...server, "--ip", "10.0.0.1", "--organization", "a/CN=b"],
          [...server, "--ip", "10.0.0.1", "--organization", "system:masters"],
          [...server, "--ip", "10.0.0.1", "--common-name", "web-2"],
          ["--signer", "nodeseal.dev/other", "--node", "n1"],
        ]) {
          const argv = ["join", "--url", "https://x.test", "--token-file", "x", "--dir", directory, ...wrong];
          const { exitStatus, stderr } = await sh(argv);
          assert.equal(exitStatus, 2, `${wrong.join(" ")}: ${stderr}`);
          assert.match(stderr, /^nodeseal-join: [^\n]*\n$/);
          assert.equal(existsSync(directory) && readdirSync(directory).length > 0, false);
          rmSync(directory, { recursive: true, force: true });
        }
      });
    },
  );
}

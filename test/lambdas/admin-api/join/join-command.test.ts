import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { joinCommand, shellWord } from "../../../../lambdas/admin-api/join/join-command.ts";
import { urlAsReached } from "../../../../lambdas/http/request.ts";

const TOKEN = { id: "abcdef", secret: "0123456789abcdef" };
const PIN = `sha256:${"0a".repeat(32)}`;

const SHELLS: readonly (readonly [string, ...string[]])[] = [
  ["sh"],
  ["dash"],
  ["bash"],
  ["bash", "--posix"],
  ["zsh"],
  ["ksh"],
  ["mksh"],
  ["busybox", "sh"],
];

describe("the join command", () => {
  const home = mkdtempSync(join(tmpdir(), "nodeseal-join-command-"));
  after(() => rmSync(home, { recursive: true }));
  // In the agent's place: says what it was given.
  writeFileSync(join(home, "nodeseal-agent"), `#!/bin/sh\nprintf '<%s>' "$@" >'${home}/arguments'\ncat\n`);
  chmodSync(join(home, "nodeseal-agent"), 0o755);

  const command = joinCommand(
    { url: "https://nodes.example:8443", nodeNames: ["web-1"], caCertHashes: [PIN, PIN] },
    TOKEN,
  );

  it("is the agent's own, and runs no package by its name", () => {
    assert.match(command, /^nodeseal-agent join /);
  });

  for (const [shell, ...flags] of SHELLS) {
    const name = [shell, ...flags].join(" ");
    const isHere = spawnSync(shell, [...flags, "-c", "true"]).status === 0;
    it(`brings the token by standard input alone in ${name}`, { skip: isHere ? false : `${shell} is not here` }, () => {
      const { stdout, stderr } = spawnSync(shell, [...flags, "-c", command], {
        encoding: "utf8",
        // A HOME of its own: bash takes this for a remote shell, and reads its start-up file.
        env: { HOME: home, PATH: `${home}:${process.env["PATH"] ?? ""}` },
        input: "what the terminal has",
      });
      assert.deepEqual([stdout, stderr], [`${TOKEN.id}.${TOKEN.secret}\n`, ""]);
      const words = ["join", "--url", "https://nodes.example:8443", "--node", "web-1"];
      const expected = [...words, "--ca-cert-hash", PIN, "--ca-cert-hash", PIN, "--token-file", "-"];
      assert.equal(readFileSync(join(home, "arguments"), "utf8"), expected.map((word) => `<${word}>`).join(""));
    });
  }

  for (const nodeNames of [[], ["web-*"], ["web-1", "web-2"]]) {
    it(`lets the machine say its name where the token names ${nodeNames.join(" and ") || "none"}`, () => {
      const target = { url: "https://nodes.example", nodeNames, caCertHashes: [] };
      assert.match(
        joinCommand(target, TOKEN),
        /^nodeseal-agent join --url \S+ --node "\$\(hostname\)" --token-file - <<END\n/,
      );
    });
  }

  it("quotes whatever a shell would read", () => {
    for (const text of ["it's", "$(id)", "a b", "`id`", "a\nb", ""]) {
      const { stdout } = spawnSync("sh", ["-c", `printf %s ${shellWord(text)}`], { encoding: "utf8" });
      assert.equal(stdout, text);
    }
  });
});

describe("the address in it", () => {
  const rows = [
    { host: "nodes.example", domainName: "nodes.example", url: "https://nodes.example" },
    { host: "nodes.example:8443", domainName: "nodes.example", url: "https://nodes.example:8443" },
    { host: "127.0.0.1:8443", domainName: "127.0.0.1:8443", url: "https://127.0.0.1:8443" },
    { host: undefined, domainName: "nodes.example", url: "https://nodes.example" },
    { host: "elsewhere.example:1", domainName: "nodes.example", url: "https://nodes.example" },
    { host: "nodes.example:1;id", domainName: "nodes.example", url: "https://nodes.example" },
    { host: "nodes.example:evil:1", domainName: "nodes.example", url: "https://nodes.example" },
  ];
  for (const { host, domainName, url } of rows) {
    it(`is ${url} for the host ${host ?? "(none)"}`, () => {
      const event = { headers: host === undefined ? {} : { host }, requestContext: { domainName } };
      // As much of an event as is read.
      assert.equal(urlAsReached(event as unknown as APIGatewayProxyEventV2), url);
    });
  }
});

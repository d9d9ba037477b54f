import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { runCli } from "./support/cli.ts";

const directory = mkdtempSync(join(tmpdir(), "nodeseal-policy-example-"));
after(() => rmSync(directory, { recursive: true }));

const page = readFileSync(join(import.meta.dirname, "../../docs/policy.md"), "utf8");
const blockOf = (language: string): string =>
  new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page)?.[1] ?? "";

describe("docs/policy.md", () => {
  const path = join(directory, "policy.json");
  writeFileSync(path, blockOf("json"));
  const examples = blockOf("console")
    .split(/^\$ nodeseal /m)
    .slice(1);

  it("has its examples", () => {
    assert.equal(examples.length, 2);
  });

  for (const example of examples) {
    const [commandLine = "", ...printed] = example.split("\n");
    it(`shows what is printed: nodeseal ${commandLine}`, async () => {
      const args = commandLine.split(" ").map((word) => (word === "policy.json" ? path : word));
      const { status, stdout, stderr } = await runCli(args, { PATH: process.env["PATH"] ?? "", HOME: directory });
      assert.equal(stdout + stderr, printed.join("\n"));
      assert.equal(status, stderr === "" ? 0 : 1);
    });
  }
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { readConfigurationFile } from "../../../infra/configuration/configuration-file.ts";

const directory = mkdtempSync(join(tmpdir(), "nodeseal-configuration-"));
after(() => rmSync(directory, { recursive: true }));

function file(text: string, name = "configuration.json"): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe("a configuration file", () => {
  it("may begin with a byte order mark", () => {
    assert.equal(readConfigurationFile(file('\uFEFF{"clusterName": "blue"}')).clusterName, "blue");
  });

  it("may say the same in several objects", () => {
    const text = '{"nodeApi": {"memoryMegabytes": 512}, "adminApi": {\n\t"memoryMegabytes": 512\n}}';
    assert.equal(readConfigurationFile(file(text)).adminApi.memoryMegabytes, 512);
  });

  const FILE = /configuration\.json/;
  const refused: readonly { why: string; text: string; says: RegExp }[] = [
    { why: "nothing", text: "", says: /configuration\.json is not JSON: Unexpected end/ },
    { why: "a comment", text: '// ours\n{"tracing": true}', says: /is not JSON: .* \(JSON has no comments\)$/ },
    { why: "a trailing comma", text: '{"tracing": true,}', says: /is not JSON: .*line 1 column 18/ },
    {
      why: "a member twice",
      text: '{\n  "tracing": true,\n  "nodeApi": {},\n  "tracing": false\n}',
      says: /has "tracing" twice in one object, again at line 4, column 3/,
    },
    {
      why: "a member twice further in",
      text: '{"policy": {"version": "1", "rules": [{"name": "a", "approval": "manual", "approval": "auto"}]}}',
      says: /has "approval" twice in one object/,
    },
    {
      why: "a mistyped member",
      text: '{"clusterNam": "x"}',
      says: /configuration\.json: the configuration must not have the member "clusterNam"; allowed are clusterName, /,
    },
    {
      why: "a mistyped member further in",
      text: '{"authority": {"keySpecs": "P-384"}}',
      says: /"authority" must not have the member "keySpecs"; allowed are .*\bkeySpec,/,
    },
    {
      why: "a mistyped member of a rule",
      text: '{"policy": {"version": "1", "rules": [{"name": "a", "group": "g", "signerName": "nodeseal.dev/server", "dns": []}]}}',
      says: /"policy\.rules\[0\]".* must not have the member "dns"; allowed are .*\bdnsNames,/,
    },
    {
      why: "a value that is not allowed, with what was got",
      text: '{"domains": {"api": {"name": "nope", "certificateArn": "x"}}}',
      says: /"domains\.api\.name" must be a lower-case domain name, got "nope"$/,
    },
    {
      why: "a file that is not there",
      text: '{"policyFile": "absent.json"}',
      says: /cannot read .*absent\.json: ENOENT/,
    },
    { why: "a directory for a file", text: '{"policyFile": "."}', says: /^cannot read [^ ]+: it is a directory$/ },
  ];
  for (const { why, text, says } of refused) {
    it(`is refused in one line: ${why}`, () => {
      assert.throws(
        () => readConfigurationFile(file(text)),
        ({ message }: Error) => {
          assert.match(message, says);
          assert.doesNotMatch(message, /\n/);
          if (!text.includes("policyFile")) assert.match(message, FILE);
          return true;
        },
      );
    });
  }

  it("stops synthesis with that line and nothing else", () => {
    const config = file('{"clusterNam": "x"}');
    const { status, stderr, stdout } = spawnSync(process.execPath, ["infra/app.ts"], {
      cwd: join(import.meta.dirname, "../../.."),
      env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ config }) },
      encoding: "utf8",
    });
    assert.deepEqual([status, stdout, stderr.trimEnd().split("\n").length], [1, "", 1], stderr);
    assert.match(stderr, /^nodeseal: .*configuration\.json: the configuration must not have the member "clusterNam"/);
  });
});

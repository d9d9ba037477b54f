import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import Ajv from "ajv";
import { DEFAULT_POLICY } from "../../core/policy/policy.ts";
import { parsePolicy } from "../../core/policy/policy-document.ts";
import { readConfigurationFile } from "../../infra/configuration/configuration-file.ts";
import { parseConfiguration } from "../../infra/configuration/configuration.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Whether an editor would be content. Ajv 6 knows an older dialect, of which these schemas use nothing that has changed. */
function validator(name: string): (document: unknown) => boolean {
  const schema = JSON.parse(readFileSync(join(ROOT, `docs/schemas/${name}.schema.json`), "utf8")) as object;
  const validate = new Ajv({ unknownFormats: "ignore" }).compile({ ...schema, $schema: undefined });
  return (document) => validate(document) === true;
}
const isConfiguration = validator("configuration");
const isPolicy = validator("policy");

function takes(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

describe("the JSON Schema of the configuration", () => {
  for (const path of ["nodeseal.config.json", "docs/examples/small-account.json"]) {
    it(`takes ${path}, which names it`, () => {
      const document = JSON.parse(readFileSync(join(ROOT, path), "utf8")) as { readonly $schema: string };
      assert.ok(isConfiguration(document));
      assert.match(document.$schema, /configuration\.schema\.json$/);
      assert.ok(!Object.hasOwn(readConfigurationFile(join(ROOT, path)), "$schema"));
    });
  }

  const samples: readonly unknown[] = [
    {},
    { clusterName: "Capital" },
    { clustername: "small" },
    { authority: { keySpec: "P-521" } },
    { authority: { rootLifetimeDays: 1.5 } },
    { revocationLists: null },
    { nodeApi: { reservedConcurrency: null } },
    { policy: { version: "1", rules: [{ name: "a", group: "b", signerName: "nodeseal.dev/none" }] } },
    { $schema: 1 },
  ];
  for (const sample of samples) {
    it(`says of ${JSON.stringify(sample)} what synthesis says`, () => {
      assert.equal(
        isConfiguration(sample),
        takes(() => parseConfiguration(sample, () => ({}))),
      );
    });
  }
});

describe("the JSON Schema of the policy", () => {
  it("takes the shipped policy, and every policy of docs/policy.md, which may name it", () => {
    assert.ok(isPolicy({ ...DEFAULT_POLICY }));
    const page = readFileSync(join(ROOT, "docs/policy.md"), "utf8");
    const blocks = [...page.matchAll(/^```json\n([^]*?)^```$/gm)].map(([, text = ""]) => JSON.parse(text) as object);
    const policies = blocks.filter((block) => "rules" in block && "version" in block);
    assert.ok(policies.length >= 2);
    for (const policy of policies) {
      const named = { $schema: "./policy.schema.json", ...policy };
      assert.ok(isPolicy(named));
      assert.deepEqual(parsePolicy(named), parsePolicy(policy));
    }
  });

  for (const rule of [
    { name: "a", group: "b", signerName: "nodeseal.dev/client" },
    { name: "a", group: "b", signerName: "nodeseal.dev/client", approval: "maybe" },
    { name: "a", group: "b" },
    { name: "a", group: "b", signerName: "nodeseal.dev/client", lifetime: 1 },
  ]) {
    it(`says of ${JSON.stringify(rule)} what the service says`, () => {
      const policy = { version: "1", rules: [rule] };
      assert.equal(
        isPolicy(policy),
        takes(() => parsePolicy(policy)),
      );
    });
  }
});

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { EVERY_SWITCH, synthesizedTemplates } from "../support/synthesized-templates.ts";
import { synthesizedBundles } from "../support/synthesized-bundles.ts";

/** CloudFormation's quotas: a template in S3 of 1 MB, 500 resources and 200 outputs. Half of them is where to think again. */
const MOST_BYTES = 1_000_000 / 2;
const MOST_RESOURCES = 500 / 2;
const MOST_OUTPUTS = 200 / 2;

interface RawTemplate {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly DeletionPolicy?: string; readonly UpdateReplacePolicy?: string }>
  >;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>>;
}

const deployments = [
  { why: "by default", document: {} },
  { why: "with every switch on", document: EVERY_SWITCH },
];

for (const { why, document } of deployments) {
  describe(`the templates ${why}`, () => {
    const { state, service } = synthesizedTemplates(document);
    const [stateTemplate, serviceTemplate] = [state.toJSON() as RawTemplate, service.toJSON() as RawTemplate];

    it("are far below CloudFormation's quotas", () => {
      for (const template of [stateTemplate, serviceTemplate]) {
        assert.ok(Buffer.byteLength(JSON.stringify(template, undefined, 1)) < MOST_BYTES);
        assert.ok(Object.keys(template.Resources).length < MOST_RESOURCES);
        assert.ok(Object.keys(template.Outputs ?? {}).length < MOST_OUTPUTS);
      }
    });

    it("have no token of CDK's left in them", () => {
      for (const template of [stateTemplate, serviceTemplate])
        assert.doesNotMatch(JSON.stringify(template), /\$\{Token\[|#\{Token\[|-1\.88815458970875\d*e\+?289/);
    });

    it("let the service know of nothing of the state but what is kept when stacks go", () => {
      const exported = new Map(
        Object.values(stateTemplate.Outputs ?? {}).map(({ Value, Export }) => [Export?.Name, resourceIn(Value)]),
      );
      const names = importedNames(serviceTemplate);
      assert.ok(names.size > 0);
      for (const name of names) {
        const resource = stateTemplate.Resources[exported.get(name) ?? ""];
        assert.deepEqual([resource?.DeletionPolicy, resource?.UpdateReplacePolicy], ["Retain", "Retain"], name);
      }
    });

    it("let the state know of nothing of the service, so that the service can go and come again", () => {
      assert.deepEqual([...importedNames(stateTemplate)], []);
    });
  });
}

it("the assembly's assets are files: nobody who deploys needs Docker", () => {
  const { directory } = synthesizedBundles();
  const manifests = globSync("*.assets.json", { cwd: directory }).map(
    (file) => JSON.parse(readFileSync(join(directory, file), "utf8")) as { files: object; dockerImages?: object },
  );
  assert.equal(manifests.length, 2);
  for (const { files, dockerImages = {} } of manifests) {
    assert.ok(Object.keys(files).length > 0);
    assert.deepEqual(dockerImages, {});
  }
});

/** What an output's `Ref` or `GetAtt` names. */
function resourceIn(value: unknown): string | undefined {
  const { Ref: id, "Fn::GetAtt": attribute } = value as { Ref?: string; "Fn::GetAtt"?: readonly [string, string] };
  return id ?? attribute?.[0];
}

function importedNames(value: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  JSON.stringify(value, (key, inner: unknown) => {
    if (key === "Fn::ImportValue") names.add(typeof inner === "string" ? inner : JSON.stringify(inner));
    return inner;
  });
  return names;
}

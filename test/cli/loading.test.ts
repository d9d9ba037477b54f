import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { modulesLoadedBy } from "../support/loaded-modules.ts";

/* The time a start takes is a figure of `npm run bench` (`cli.start`). What it is made of is tested here. */
describe("nodeseal loads no more than it needs", () => {
  for (const option of ["--version", "--help"]) {
    it(`for ${option}`, () => {
      const { sources, packages, builtins } = modulesLoadedBy("nodeseal.js", [option], 0);
      assert.ok(sources.includes("cli/command-line.ts"), "the trace is empty");
      assert.deepEqual(sources.filter(belongsToCommands), []);
      assert.deepEqual(packages, ["commander"]);
      assert.deepEqual(builtins.filter(isOfNetwork), []);
    });
  }

  it("for the help of one command", () => {
    const { sources, packages, builtins } = modulesLoadedBy("nodeseal.js", ["token", "create", "--help"], 0);
    assert.ok(sources.includes("cli/commands/token/token-create.ts"));
    assert.deepEqual(
      sources.filter((file) => /^cli\/commands\/(?!token\/|kubernetes\/)[^/]+\//.test(file)),
      [],
    );
    assert.deepEqual(packages, ["commander"]);
    assert.deepEqual(builtins.filter(isOfNetwork), []);
  });

  it("for a command that asks no service", () => {
    const { packages, builtins } = modulesLoadedBy("nodeseal.js", ["policy", "check", "/nonexistent"], 1);
    assert.deepEqual(
      packages.filter((name) => /^@(aws-sdk|smithy)\//.test(name)),
      [],
    );
    assert.deepEqual(builtins.filter(isOfNetwork), []);
  });

  it("for a command that finds its credentials in the environment", () => {
    const environment = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "eu-central-1" };
    const args = ["token", "list", "--url", "https://127.0.0.1:1"];
    const { sources, packages } = modulesLoadedBy("nodeseal.js", args, 1, environment);
    assert.ok(sources.includes("cli/service/request-signature.ts"));
    assert.deepEqual(
      packages.filter((name) => name === "yaml" || name.startsWith("@aws-sdk/")),
      [],
    );
  });
});

it("nodeseal loads @peculiar/x509 for --text alone", () => {
  const environment = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "eu-central-1" };
  const args = ["ca", "show", "root-g1", "--url", "https://127.0.0.1:1"];
  const { sources, packages } = modulesLoadedBy("nodeseal.js", args, 1, environment);
  assert.ok(sources.includes("cli/output/certificate-text.ts"));
  assert.deepEqual(
    packages.filter((name) => name.startsWith("@peculiar/")),
    [],
  );
});

/** Those of `kubeconfig` and `kube-credential`, which are no group, are light and always there. */
function belongsToCommands(file: string): boolean {
  return /^(core|cli\/service|cli\/arguments|cli\/commands\/(?!kubernetes\/))/.test(file);
}

function isOfNetwork(builtin: string): boolean {
  return /^node:(https?|tls|net|dns)\b/.test(builtin);
}

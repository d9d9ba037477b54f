import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { modulesLoadedBy } from "../support/loaded-modules.ts";

const PROGRAM = "nodeseal-agent.js";
const NOWHERE = ["--dir", "/nonexistent"];

/* The time a start takes is a figure of `npm run bench` (`agent.start`). What it is made of is tested here. */
describe("nodeseal-agent loads no more than it needs", () => {
  it("for --version", () => {
    const { sources, packages } = modulesLoadedBy(PROGRAM, ["--version"], 0);
    assert.ok(sources.includes("agent/command-line/command-line.ts"), "the trace is empty");
    assert.deepEqual(
      sources.filter((file) => /^agent\/(commands|service)\//.test(file)),
      ["agent/commands/defaults.ts"],
    );
    assert.deepEqual(packages, ["commander"]);
  });

  it("for status, which asks nobody", () => {
    const { sources, packages, builtins } = modulesLoadedBy(PROGRAM, ["status", ...NOWHERE], 3);
    assert.deepEqual(sources.filter((file) => file.startsWith("agent/commands/")).sort(), [
      "agent/commands/certificate-report.ts",
      "agent/commands/defaults.ts",
      "agent/commands/status.ts",
    ]);
    assert.deepEqual(
      sources.filter((file) => file.startsWith("agent/service/")),
      ["agent/service/service-clock.ts"],
    );
    assert.deepEqual(packages, ["commander"]);
    assert.deepEqual(
      builtins.filter((builtin) => /^node:(https?|tls|net|dns)\b/.test(builtin)),
      [],
    );
  });

  it("for renew, which writes no kubeconfig", () => {
    const { sources, packages } = modulesLoadedBy(PROGRAM, ["renew", ...NOWHERE], 1);
    assert.ok(sources.includes("agent/commands/renew.ts"));
    assert.deepEqual(packages, ["commander"]);
  });

  it("for run, but all that a later renewal needs: an upgrade may replace the files under it", () => {
    // Ends before it would connect.
    const { sources } = modulesLoadedBy(PROGRAM, ["run", ...NOWHERE], 1);
    for (const needed of [
      "agent/issuance/renewal.ts",
      "agent/service/server-trust.ts",
      "agent/service/service-client.ts",
    ])
      assert.ok(sources.includes(needed), needed);
  });
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { writeEnvironmentFile } from "../../../local/data/environment-file.ts";

describe("the environment file", () => {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-env-"));
  const file = join(directory, "env");
  writeEnvironmentFile(file, {
    url: "https://127.0.0.1:8443",
    caFile: "ca.pem",
    trustBundleFile: "bundle.pem",
    credentials: { accessKeyId: "NODESEALLOCALKEY", secretAccessKey: "it's $(secret)" },
    region: "eu-central-1",
    programDirectory: "/opt/bin",
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  const sourced = (environment: Record<string, string>) => {
    const script = `set -eu; . '${file}'; . '${file}'; printf '%s %s' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"`;
    const { stdout, stderr } = spawnSync("/bin/sh", ["-c", script], {
      env: { PATH: process.env["PATH"] ?? "", ...environment },
      encoding: "utf8",
    });
    assert.equal(stdout, "NODESEALLOCALKEY it's $(secret)");
    return stderr;
  };

  it("says nothing in a shell without AWS credentials, nor when it is sourced again", () => {
    assert.equal(sourced({}), "");
  });

  for (const environment of [
    { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "x" },
    { AWS_PROFILE: "production" },
    { AWS_SESSION_TOKEN: "token" },
  ]) {
    it(`says once that it replaces ${Object.keys(environment)[0] ?? ""}`, () => {
      assert.equal(
        sourced(environment),
        "nodeseal: the AWS credentials of this shell are replaced by those of the local service; for AWS, open another shell\n",
      );
    });
  }
});

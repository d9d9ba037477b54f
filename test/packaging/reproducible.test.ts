import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { sourceDateSeconds } from "../../packaging/content/project.ts";
import { temporaryDirectory } from "../local/temporary-directory.ts";
import { pack, packed } from "./support/packed.ts";

const ROOT = join(import.meta.dirname, "../..");

const sums = (directory: string): string => readFileSync(join(directory, "SHA256SUMS"), "utf8");

describe("the packages", () => {
  it("are the same, byte for byte, from another place, another umask and another time zone", (t) => {
    const elsewhere = join(temporaryDirectory(t), "another place");
    mkdirSync(elsewhere);
    const entries = readdirSync(ROOT).filter((name) => !/^(?:\.git|dist|cdk\.out|\.nodeseal)$/.test(name));
    // Hard links, where both are on one file system: they are but read.
    const copying = 'cp -al "$@" 2>/dev/null || cp -a "$@"';
    const copy = spawnSync("sh", ["-c", copying, "sh", ...entries.map((name) => join(ROOT, name)), elsewhere]);
    assert.equal(copy.status, 0, copy.stderr.toString());
    const again = join(temporaryDirectory(t), "packages");
    const before = process.umask(0o077);
    try {
      pack(again, elsewhere, {
        SOURCE_DATE_EPOCH: String(sourceDateSeconds()),
        TZ: "Asia/Kathmandu",
        LANG: "tr_TR.UTF-8",
      });
    } finally {
      process.umask(before);
    }
    assert.equal(sums(again), sums(packed()));
  });

  it("are named in SHA256SUMS, which sha256sum accepts", () => {
    const { status, stdout } = spawnSync("sha256sum", ["--check", "--strict", "SHA256SUMS"], {
      cwd: packed(),
      encoding: "utf8",
    });
    assert.equal(status, 0);
    assert.equal(stdout.trim().split("\n").length, 4);
  });

  it("hold a notice for each package of others in them, and name it in the bill of materials", () => {
    const directory = packed();
    const [file = ""] = /\S+\.cdx\.json/.exec(sums(directory)) ?? [];
    const bill = JSON.parse(readFileSync(join(directory, file), "utf8")) as {
      readonly bomFormat: string;
      readonly components: readonly { readonly "bom-ref": string; readonly name: string; readonly purl?: string }[];
      readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
    };
    assert.equal(bill.bomFormat, "CycloneDX");
    const known = new Set(bill.components.map((component) => component["bom-ref"]));
    for (const { ref, dependsOn } of bill.dependencies) {
      const archive = /\S+\.tgz/g;
      const name =
        sums(directory)
          .match(archive)
          ?.find((one) => one.startsWith(`${ref}-0`)) ?? "";
      const notices = execFileSync("tar", ["-xzOf", join(directory, name), "package/THIRD-PARTY-NOTICES"]).toString();
      assert.ok(dependsOn.length > 0, ref);
      for (const part of dependsOn) {
        assert.ok(known.has(part), part);
        const [, called = "", version = ""] = /^pkg:npm\/(.+)@([^@]+)$/.exec(part.replace("%40", "@")) ?? [];
        assert.ok(notices.includes(`${called} ${version} (`), `${ref} has no notice of ${part}`);
      }
    }
  });
});

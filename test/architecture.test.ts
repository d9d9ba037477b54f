import assert from "node:assert/strict";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { faultOf, filesByFolder, folderCycle, folderImports, importsOf, sourceFiles } from "./architecture/imports.ts";
import { pageWithPictures } from "./architecture/picture.ts";
import { ROOMS } from "./architecture/rooms.ts";

const root = join(import.meta.dirname, "..");

/** The largest folder of the codebases this one is measured by has 27; half of that can be read at a glance. */
const MOST_FILES_IN_A_ROOM = 16;

describe("architecture", () => {
  it("has every file in a room that may import what the file imports", () => {
    assert.deepEqual(
      sourceFiles(root).flatMap((file) => faultOf(root, file) ?? []),
      [],
    );
  });

  it("names a misplaced file, and where it should lie", (t) => {
    const house = mkdtempSync(join(tmpdir(), "nodeseal-house-"));
    t.after(() => {
      rmSync(house, { recursive: true });
    });
    function put(file: string, text: string): void {
      mkdirSync(join(house, dirname(file)), { recursive: true });
      writeFileSync(join(house, file), text);
    }
    put("core/asn1/grant.ts", 'import { decide } from "../policy/decision.ts";\nimport type { A } from "../x/y.ts";\n');
    put("core/keys/sealed.ts", 'import "node:fs";\n');
    put("core/odds-and-ends/pem.ts", 'import { parseDer } from "../asn1/der.ts";\n');
    assert.match(
      faultOf(house, "core/asn1/grant.ts") ?? "",
      /core\/asn1\/grant\.ts imports core\/policy\/decision\.ts, which core\/asn1 may not: .*could lie in .*core\/issuance/,
    );
    assert.match(faultOf(house, "core/keys/sealed.ts") ?? "", /imports node:fs.*no room may import all of that/);
    assert.match(
      faultOf(house, "core/odds-and-ends/pem.ts") ?? "",
      /no room of the table: .*could lie in .*core\/keys/,
    );
  });

  it(`has no room of more than ${MOST_FILES_IN_A_ROOM} files, and no room without a file`, () => {
    const folders = filesByFolder(root);
    const full = [...folders].filter(([, files]) => files.length > MOST_FILES_IN_A_ROOM);
    assert.deepEqual(
      full.map(([folder, files]) => `${folder} holds ${files.length} files: find the second idea in it`),
      [],
    );
    assert.deepEqual(
      Object.keys(ROOMS).filter((room) => !folders.has(room)),
      [],
    );
  });

  it("has no cycle between rooms", () => {
    const imports = folderImports(root);
    const cycle = folderCycle(new Map([...imports].map(([folder, targets]) => [folder, new Set(targets.keys())])));
    const files = (cycle ?? []).slice(1).map((to, i) => imports.get(cycle?.[i] ?? "")?.get(to));
    assert.equal(cycle, undefined, `${cycle?.join(" → ") ?? ""}, by ${files.join(", ")}`);
  });

  it("finds a cycle where there is one", () => {
    const imports = new Map([
      ["a", new Set(["b"])],
      ["b", new Set(["c"])],
      ["c", new Set(["b"])],
    ]);
    assert.deepEqual(folderCycle(imports), ["b", "c", "b"]);
  });

  it("is drawn in docs/architecture.md as the table says", () => {
    const page = readFileSync(join(root, "docs/architecture.md"), "utf8");
    assert.equal(page, pageWithPictures(page), "draw it anew: node test/architecture/picture.ts");
  });

  it("has no folder of code that the table does not know", () => {
    const folders = new Set(
      globSync("*/**/*.ts", { cwd: root, exclude: ["node_modules", "cdk.out", "dist"] }).map(
        (file) => file.split("/", 1)[0] ?? "",
      ),
    );
    const known = new Set([...Object.keys(ROOMS).map((folder) => folder.split("/", 1)[0] ?? ""), "test", "bench"]);
    assert.deepEqual(
      [...folders].filter((folder) => !known.has(folder)),
      [],
    );
  });

  it("has no file whose name says nothing", () => {
    const vague = globSync("**/{utils,util,helpers,helper,common,misc,types,index}.ts", {
      cwd: root,
      exclude: ["node_modules", "cdk.out", "dist"],
    });
    // Entries of Lambda functions are called index, as Lambda expects.
    assert.deepEqual(
      vague.filter((file) => !/^lambdas\/[a-z-]+\/index\.ts$/.test(file)),
      [],
    );
  });

  it("has one door to @peculiar/x509", () => {
    const doors = sourceFiles(root).filter((file) =>
      importsOf(root, file).some((target) => /^(@peculiar\/|reflect-metadata)/.test(target)),
    );
    assert.deepEqual(doors, ["core/inspection/x509.ts"]);
  });

  it("loads what stands behind that door on first use", () => {
    const light = ["difference.ts", "inspection.ts", "publish-trust-bundle.ts"];
    const eager = sourceFiles(root).filter((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(/^import (?!type )[^;]*?"([^"]*inspection\/[^"]*)"/gm)].some(
        ([, target = ""]) => !light.some((name) => target.endsWith(`/${name}`)),
      ),
    );
    assert.deepEqual(eager, []);
  });

  it("reads the environment in composition roots only", () => {
    const mayRead =
      /^(lambdas\/[a-z-]+\/index\.ts|lambdas\/configuration\.ts|local\/|cli\/|agent\/|infra\/|packaging\/)/;
    const readers = sourceFiles(root).filter((file) => readFileSync(join(root, file), "utf8").includes("process.env"));
    assert.deepEqual(
      readers.filter((file) => !mayRead.test(file)),
      [],
    );
  });
});

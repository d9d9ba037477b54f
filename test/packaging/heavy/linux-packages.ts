/* `npm run test:packages`: minutes of packing, so not part of `npm test`. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { HttpsClient } from "../../support/https-client.ts";
import { startLocalService, type LocalService } from "../../support/local-service.ts";

const ROOT = join(import.meta.dirname, "../../..");
const MOST_BYTES = 120 * 1024 * 1024;

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const isRoot = process.getuid?.() === 0;
/** Where Debian's cross packages have the C library of arm64. */
const ARM64_ROOT = "/usr/aarch64-linux-gnu";

describe("the agent for machines without Node.js", () => {
  const home = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
  const packages = join(home, "packages");
  let service: LocalService;
  let client: HttpsClient;

  before(async () => {
    const argv = ["packaging/main.ts", "--out", packages, "--without", "nodeseal", "--without", "nodeseal-cdk"];
    execFileSync(process.execPath, argv, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
    service = await startLocalService();
    client = new HttpsClient(service);
  });
  after(async () => {
    client.close();
    await service.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const file = (pattern: string): string => join(packages, globSync(pattern, { cwd: packages })[0] ?? pattern);

  /** What the admin API would have somebody paste, for a program and a directory. */
  async function pasted(node: string, program: string, directory: string): Promise<string> {
    const { json } = await client.admin("POST", "/v1/admin/tokens", { maxUses: 1, nodeNames: [node] });
    const { joinCommand } = json;
    assert.ok(typeof joinCommand === "string");
    return joinCommand
      .replace(/^nodeseal-agent/, () => program)
      .replace(" --token-file", () => ` --dir ${directory} --token-file`);
  }

  it("joins as one executable, with nothing else on the PATH", async () => {
    const program = file("nodeseal-agent-linux-x64");
    const command = await pasted("executable-1", program, join(home, "pki"));
    const joined = spawnSync("/bin/sh", ["-c", command], { encoding: "utf8", env: { PATH: "/usr/bin:/bin" } });
    assert.deepEqual([joined.status, joined.stderr], [0, ""]);
    assert.match(joined.stdout, /^joined as system:node:executable-1$/m);
  });

  it("runs on arm64", (t) => {
    if (!has("qemu-aarch64-static") || !existsSync(ARM64_ROOT)) return t.skip("there is no emulator of arm64 here");
    const program = file("nodeseal-agent-linux-arm64");
    const { stdout, stderr } = spawnSync("qemu-aarch64-static", ["-L", ARM64_ROOT, program, "--version"], {
      encoding: "utf8",
    });
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/, stderr);
  });

  for (const architecture of ["x64", "arm64"]) {
    it(`has at most ${MOST_BYTES >> 20} MB on ${architecture}`, () => {
      const { size } = statSync(file(`nodeseal-agent-linux-${architecture}`));
      assert.ok(size <= MOST_BYTES, `${size} bytes`);
    });
  }

  it(
    "is installed by dpkg, joins there, and is removed",
    { skip: has("dpkg") && isRoot ? false : "needs dpkg and root" },
    async () => {
      const root = join(home, "debian");
      const paths = ["var/lib/dpkg/updates", "var/lib/dpkg/info", "bin", "tmp", "dev", "etc", "var/lib/kubelet"];
      for (const path of paths) mkdirSync(join(root, path), { recursive: true });
      for (const path of ["var/lib/dpkg/status", "var/lib/dpkg/available"]) writeFileSync(join(root, path), "");
      withLibraries(root, "/bin/sh");
      const dpkg = (...argv: string[]) =>
        spawnSync("dpkg", [`--root=${root}`, "--force-depends", ...argv], { encoding: "utf8" });
      const installed = dpkg("--install", file("*_amd64.deb"));
      assert.equal(installed.status, 0, installed.stderr);
      withLibraries(root, join(root, "usr/bin/nodeseal-agent"), false);
      const command = await pasted("debian-1", "/usr/bin/nodeseal-agent", "/var/lib/kubelet/pki");
      const joined = spawnSync("chroot", [root, "/bin/sh", "-c", command], { encoding: "utf8" });
      assert.equal(joined.status, 0, joined.stderr);
      // A link, whose target is in the other root.
      const current = join(root, "var/lib/kubelet/pki/kubelet-client-current.pem");
      assert.ok(lstatSync(current).isSymbolicLink());
      verifyUnits(root);
      const removed = dpkg("--remove", "nodeseal-agent");
      assert.equal(removed.status, 0, removed.stderr);
      assert.ok(!existsSync(join(root, "usr/bin/nodeseal-agent")));
      assert.ok(lstatSync(current).isSymbolicLink(), "keys stay");
    },
  );

  it("is an rpm with the same files", { skip: has("rpm") ? false : "rpm is not here" }, () => {
    const rpm = (...argv: string[]): string => execFileSync("rpm", argv, { encoding: "utf8" });
    const deb = execFileSync("dpkg-deb", ["--contents", file("*_amd64.deb")], { encoding: "utf8" });
    const files = [...deb.matchAll(/^-\S+ .* \.(\/\S+)$/gm)].map(([, path = ""]) => path).sort();
    assert.deepEqual(rpm("--query", "--list", "--package", file("*.x86_64.rpm")).trim().split("\n").sort(), files);
    assert.match(rpm("--query", "--scripts", "--package", file("*.x86_64.rpm")), /daemon-reload/);
  });

  it("has a manual page that the formatter accepts", { skip: has("mandoc") ? false : "mandoc is not here" }, () => {
    const page = execFileSync("sh", [
      "-c",
      'dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/share/man/man1/nodeseal-agent.1.gz | gunzip',
      "sh",
      file("*_amd64.deb"),
    ]);
    const { stdout } = spawnSync("mandoc", ["-T", "lint", "-W", "error"], { encoding: "utf8", input: page });
    assert.equal(stdout, "");
    const text = spawnSync("mandoc", ["-T", "utf8"], { encoding: "utf8", input: page }).stdout.replaceAll(/.\x08/g, "");
    assert.match(text, /--token-file <file>/);
  });
});

/** The units as they are installed, and the program where they look for it. */
function verifyUnits(root: string): void {
  if (!has("systemd-analyze")) return;
  const units = globSync(join(root, "usr/lib/systemd/system/*"));
  assert.ok(units.length >= 3);
  const copies = units.map((unit) => {
    const copy = join(root, "tmp", unit.split("/").at(-1) ?? "");
    writeFileSync(
      copy,
      readFileSync(unit, "utf8").replaceAll("=/usr/bin/nodeseal-agent", `=${root}/usr/bin/nodeseal-agent`),
    );
    return copy;
  });
  const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...copies], {
    encoding: "utf8",
  });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
}

/** A program with the libraries it is linked to, in another root. */
function withLibraries(root: string, program: string, isCopied = true): void {
  const libraries = execFileSync("ldd", [program], { encoding: "utf8" }).matchAll(/(\/\S+\.so\S*)/g);
  const paths = [...libraries].map(([path]) => path);
  for (const path of isCopied ? [program, ...paths] : paths) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    if (!existsSync(join(root, path))) copyFileSync(path, join(root, path));
    chmodSync(join(root, path), 0o755);
  }
}

import assert from "node:assert/strict";
import { spawnSync, type ChildProcess } from "node:child_process";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { packed } from "./support/packed.ts";
import { OLDER_NODE, Stranger, stopped } from "./support/stranger.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
  readonly version: string;
};

describe("the packages nodeseal and nodeseal-agent, in an empty folder", () => {
  let stranger: Stranger;
  let service: ChildProcess | undefined;
  let url = "";
  let joinLine = "";
  const packages = packed();

  before(async () => {
    stranger = new Stranger();
    stranger.install(...["nodeseal", "nodeseal-agent"].map((name) => join(packages, `${name}-${version}.tgz`)));
    const started = await stranger.start(
      `"${stranger.bin}/nodeseal-local" --port 0 --data-dir "my data"`,
      /^nodeseal ready \S+\n.+\n/m,
    );
    service = started.process;
    [, url = "", joinLine = ""] = /^nodeseal ready (\S+)\n(.+)\n/m.exec(started.printed) ?? [];
  });
  after(async () => {
    if (service !== undefined) assert.equal(await stopped(service), 0);
    stranger.leave();
  });

  for (const program of ["nodeseal", "nodeseal-agent"]) {
    it(`say which version of ${program} they are`, () => {
      const { stdout, stderr } = stranger.run(`"${stranger.bin}/${program}" --version`);
      assert.deepEqual([stdout, stderr], [`${version}\n`, ""]);
    });
  }

  it("give a first certificate by the line that the local service prints", () => {
    const { status, stdout, stderr } = stranger.run(`cd / && ${joinLine}`);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^joined as system:node:/);
  });

  it("bring commands whose code is loaded when they are called", () => {
    const rows = [
      { command: "nodeseal token list -o yaml", says: /tokenId: / },
      { command: "nodeseal cert list -o json", says: /"serialNumber"/ },
      { command: "nodeseal ca show", says: /issuing-g1/ },
      { command: "nodeseal kubeconfig --file kc && cat kc", says: /node_modules\/nodeseal\/bin\/nodeseal\.js/ },
    ];
    for (const { command, says } of rows) {
      const { status, stdout, stderr } = stranger.run(`. "./my data/env" && ${command}`);
      assert.deepEqual([status, stderr], [0, ""], command);
      assert.match(stdout, says);
    }
    const kubeconfig = readFileSync(join(stranger.folder, "kc"), "utf8");
    const program = /(\/.*bin\/nodeseal\.js)/.exec(kubeconfig)?.[1] ?? "";
    assert.ok(statSync(program).isFile(), program);
  });

  for (const [what, node] of [
    ["the pinned Node.js", process.execPath],
    ["an older Node.js", OLDER_NODE],
  ] as const) {
    const skip = node === undefined ? "there is no Node.js below 24 on this machine" : false;
    it(`join, renew and look, by the agent alone, under ${what}`, { skip }, () => {
      const other = new Stranger(node);
      try {
        other.install(join(packages, `nodeseal-agent-${version}.tgz`));
        const created = stranger.run('. "./my data/env" && nodeseal token create --max-uses 1 --print-join-command');
        assert.equal(created.status, 0, created.stderr);
        const agent = `${other.bin}/nodeseal-agent`;
        const flags = '--dir "$HOME/pki" --token-file';
        const command = created.stdout
          .replace(/^nodeseal-agent/, `"${agent}"`)
          .replace("--token-file", flags)
          .replace('"$(hostname)"', () => "machine-$$");
        const joined = other.run(command);
        assert.equal(joined.status, 0, joined.stderr);
        assert.ok(joined.stdout.startsWith("joined as system:node:machine-"), joined.stdout);
        assert.ok(created.stdout.includes(` --url ${url} `));
        const renewed = other.run(`"${agent}" renew --force --dir "$HOME/pki"`);
        assert.match(renewed.stdout, /^renewed system:node:machine-/m, renewed.stderr);
        const status = other.run(`"${agent}" status -o json --dir "$HOME/pki"`);
        assert.partialDeepStrictEqual(JSON.parse(status.stdout), { state: "valid", isConfirmed: true });
      } finally {
        other.leave();
      }
    });
  }

  it("say in one line what is missing under an older Node.js without the one that comes along", (t) => {
    if (OLDER_NODE === undefined) return t.skip("there is no Node.js below 24 on this machine");
    const { status, stderr } = spawnSync(OLDER_NODE, [`${stranger.bin}/nodeseal`, "--version"], { encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, /^nodeseal needs Node\.js 24 or newer: .*\n$/);
  });

  it("work where nothing may be written beside them", () => {
    // Even root cannot write there.
    const { status, stdout, stderr } = stranger.run(
      `unshare --mount sh -c 'mount --bind node_modules node_modules && mount -o remount,ro,bind node_modules && "$1" --version' sh "${stranger.bin}/nodeseal"`,
    );
    if (/unshare|mount/.test(stderr) && status !== 0) return;
    assert.deepEqual([status, stdout, stderr], [0, `${version}\n`, ""]);
  });

  it("are one file without dependencies, the agent, and run nothing when they are installed", () => {
    const manifests = globSync("node_modules/**/package.json", { cwd: stranger.folder }).map((path) => ({
      path,
      ...(JSON.parse(readFileSync(join(stranger.folder, path), "utf8")) as {
        readonly scripts?: Readonly<Record<string, string>>;
        readonly dependencies?: unknown;
        readonly engines?: unknown;
      }),
    }));
    for (const { path, scripts = {} } of manifests)
      for (const script of ["preinstall", "install", "postinstall", "prepare"])
        assert.equal(scripts[script], undefined, `${path} has a script ${script}`);
    const agent = manifests.find(({ path }) => path === "node_modules/nodeseal-agent/package.json");
    assert.deepEqual([agent?.dependencies, agent?.engines], [undefined, { node: ">=20" }]);
    const file = join(stranger.folder, "node_modules/nodeseal-agent/nodeseal-agent.cjs");
    assert.ok(statSync(file).size <= 520 * 1024, `${statSync(file).size} bytes`);
  });
});

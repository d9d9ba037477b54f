import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openCredentials } from "../../../local/data/credentials.ts";
import { openDataDirectory } from "../../../local/data/data-directory.ts";
import { writeEnvironmentFile } from "../../../local/data/environment-file.ts";
import { writePrivateFile } from "../../../local/data/private-file.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

test("makes the data directory for the owner only", (t) => {
  const path = join(temporaryDirectory(t), "a", "b");
  const { unlock, file } = openDataDirectory(path);
  t.after(unlock);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.equal(file("dynamodb", "x"), join(path, "dynamodb", "x"));
  assert.deepEqual(readdirSync(path), ["lock"]);
});

test("lets one process at a time have a data directory, until it ends in whatever way", async (t) => {
  const path = temporaryDirectory(t);
  const holder = await holdInProcess(t, path);
  assert.throws(() => openDataDirectory(path), {
    name: "StartError",
    message: `another nodeseal is running on ${path}; stop it, or choose another --data-dir`,
  });
  holder.kill("SIGKILL");
  await once(holder, "exit");
  openDataDirectory(path).unlock();
  const again = openDataDirectory(path);
  assert.throws(() => openDataDirectory(path), { name: "StartError" });
  again.unlock();
});

for (const { why, prepare, reason } of [
  {
    why: "is a file",
    prepare: (directory: string) => {
      writeFileSync(join(directory, "file"), "");
      return join(directory, "file");
    },
    reason: "it is a file, not a directory",
  },
  {
    why: "is below a file",
    prepare: (directory: string) => {
      writeFileSync(join(directory, "file"), "");
      return join(directory, "file", "data");
    },
    reason: "a part of the path is not a directory",
  },
  {
    why: "is not writable",
    prepare: (directory: string) => {
      mkdirSync(join(directory, "data"), { mode: 0o500 });
      return join(directory, "data");
    },
    reason: "permission denied",
  },
]) {
  const isRoot = process.getuid?.() === 0;
  const skip = why === "is not writable" && isRoot ? "root may write everywhere" : false;
  test(`says in one line when the data directory ${why}`, { skip }, (t) => {
    const path = prepare(temporaryDirectory(t));
    assert.throws(() => openDataDirectory(path), {
      name: "StartError",
      message: `cannot write to the data directory ${path}: ${reason}`,
    });
  });
}

test("makes an access key once, for the owner's eyes only", (t) => {
  const file = join(temporaryDirectory(t), "credentials.json");
  const first = openCredentials(file);
  assert.match(first.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
  assert.match(first.secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
  assert.deepEqual(openCredentials(file), first);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.notDeepEqual(openCredentials(join(temporaryDirectory(t), "credentials.json")), first);
  writeFileSync(file, "{}");
  assert.throws(() => openCredentials(file), {
    name: "StartError",
    message: `the credentials file ${file} is damaged; remove it to have a new one made`,
  });
});

test("writes an environment file that a shell understands, whatever the paths", (t) => {
  const directory = join(temporaryDirectory(t), "it's $HOME `here`");
  mkdirSync(directory);
  const file = join(directory, "env");
  const credentials = openCredentials(join(directory, "credentials.json"));
  writeEnvironmentFile(file, {
    url: "https://127.0.0.1:8443",
    caFile: join(directory, "tls-ca.pem"),
    trustBundleFile: join(directory, "trust-bundle.pem"),
    credentials,
    region: "eu-central-1",
    programDirectory: join(directory, "bin"),
  });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(
    readFileSync(file, "utf8"),
    /^if [^\n]+; then\n {2}echo "[^\n"]+" >&2\nfi\n(?:export [A-Z_]+='.*'\n){6}PATH='.*':"\$PATH"\nunset AWS_SESSION_TOKEN AWS_PROFILE\n$/,
  );
  const { stdout } = spawnSync("sh", ["-c", '. "$1" && env -0', "sh", file], { encoding: "utf8", env: {} });
  const entries = stdout.split("\0").flatMap((line) => {
    const [, name, value] = /^((?:AWS|NODESEAL)_[A-Z_]+)=(.*)$/s.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  assert.deepEqual(Object.fromEntries(entries), {
    NODESEAL_URL: "https://127.0.0.1:8443",
    NODESEAL_CA_FILE: join(directory, "tls-ca.pem"),
    NODESEAL_TRUST_BUNDLE: join(directory, "trust-bundle.pem"),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: "eu-central-1",
  });
  const path = spawnSync("sh", ["-c", '. "$1" && printf %s "$PATH"', "sh", file], { encoding: "utf8" }).stdout;
  assert.equal(path, `${join(directory, "bin")}:${process.env["PATH"] ?? ""}`);
});

test("replaces a file as a whole, and leaves nothing behind when it cannot", (t) => {
  const directory = temporaryDirectory(t);
  writePrivateFile(join(directory, "file"), "old");
  writePrivateFile(join(directory, "file"), "new");
  assert.equal(readFileSync(join(directory, "file"), "utf8"), "new");
  mkdirSync(join(directory, "taken", "inside"), { recursive: true });
  assert.throws(() => writePrivateFile(join(directory, "taken"), "text"));
  assert.deepEqual(readdirSync(directory).sort(), ["file", "taken"]);
});

/** Keeps nothing of what it opened, and collects garbage: the lock must hold all the same. */
async function holdInProcess(t: TestContext, path: string): Promise<ChildProcess> {
  const module = join(import.meta.dirname, "../../../local/data/data-directory.ts");
  const script = `import { openDataDirectory } from ${JSON.stringify(module)};
    openDataDirectory(process.argv[1]); gc(); setTimeout(() => { gc(); console.log("held"); }, 10);
    setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ["--expose-gc", "--input-type=module", "--eval", script, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  return holder;
}

// Plain JavaScript: the Node.js that starts it may be too old for TypeScript.
import { spawn } from "node:child_process";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The first version that runs our sources as they are. */
const LEAST_MAJOR = 24;

/** Set for the process that the launcher starts, so that it ends when the launcher does. */
const LAUNCHED = "NODESEAL_LAUNCHED";

/**
 * Runs a program of this project: in this process if its Node.js is new enough. Otherwise in the pinned Node.js that
 * npm installed as a dependency, with the same arguments, streams and signals, and with its exit status.
 *
 * @param {string} launcherUrl the calling file's `import.meta.url`
 * @param {string} main the program, relative to the calling file
 */
export async function launch(launcherUrl, main) {
  if (Number(process.versions.node.split(".")[0]) < LEAST_MAJOR) return launchPinned(fileURLToPath(launcherUrl));
  if (process.env[LAUNCHED] !== undefined) endWithLauncher();
  // In our own tree: another user could put code into a cache in the common temporary directory.
  module.enableCompileCache?.(fileURLToPath(new URL("../node_modules/.cache/nodeseal", import.meta.url)));
  await import(new URL(main, launcherUrl).href);
}

/** A killed launcher cannot pass that on, but its end of the channel closes. */
function endWithLauncher() {
  delete process.env[LAUNCHED];
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel?.unref();
}

/** @param {string} launcher */
function launchPinned(launcher) {
  const node = pinnedNode(launcher);
  if (node === undefined) {
    const name = packageNames()[0];
    console.error(
      `nodeseal needs Node.js ${LEAST_MAJOR} or newer: this is ${process.version}, and the package ${name} that carries one is not installed; run \`npm ci\`, or use a newer Node.js`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [launcher, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, [LAUNCHED]: "1" },
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"]) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both processes.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => {
    console.error(`cannot run ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (status, signal) => {
    if (signal === null) process.exit(status ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** npm installs the one that fits the machine. */
function packageNames() {
  const platform = process.platform === "win32" ? "win" : process.platform;
  return [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`];
}

/** @param {string} launcher */
function pinnedNode(launcher) {
  for (const name of packageNames()) {
    try {
      const manifest = createRequire(launcher).resolve(`${name}/package.json`);
      return join(dirname(manifest), "bin", process.platform === "win32" ? "node.exe" : "node");
    } catch {
      // Try the next.
    }
  }
  return undefined;
}

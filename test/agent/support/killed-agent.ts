import { SYSTEM_CLOCK } from "../../../agent/program/clock.ts";
import { runCommandLine } from "../../../agent/command-line/command-line.ts";
import { REAL_FILE_SYSTEM, type FileSystem } from "../../../agent/directory/file-system.ts";
import { RunSignals } from "../../../agent/keeper/run-signals.ts";
import { trustServer } from "../../../agent/service/server-trust.ts";

/*
 * A program: the agent, killed by SIGKILL just before its n-th change of the disk; a write is half done by then.
 * Arguments: n, then the agent's own. Prints how many changes it made when it was not killed.
 */

const [killAt = "", ...argv] = process.argv.slice(2);
let steps = 0;

function step(halfDone?: () => void): void {
  if (++steps !== Number(killAt)) return;
  halfDone?.();
  process.kill(process.pid, "SIGKILL");
}

const fileSystem: FileSystem = {
  ...REAL_FILE_SYSTEM,
  openSync: (path, flags, mode) => {
    if (flags === "wx") step();
    return REAL_FILE_SYSTEM.openSync(path, flags, mode);
  },
  writeSync: (descriptor, bytes, offset, length) => {
    step(() => REAL_FILE_SYSTEM.writeSync(descriptor, bytes, offset, Math.floor(length / 2)));
    return REAL_FILE_SYSTEM.writeSync(descriptor, bytes, offset, length);
  },
  fsyncSync: (descriptor) => {
    step();
    REAL_FILE_SYSTEM.fsyncSync(descriptor);
  },
  renameSync: (from, to) => {
    step();
    REAL_FILE_SYSTEM.renameSync(from, to);
  },
  linkSync: (existing, path) => {
    step();
    REAL_FILE_SYSTEM.linkSync(existing, path);
  },
  symlinkSync: (target, path) => {
    step();
    REAL_FILE_SYSTEM.symlinkSync(target, path);
  },
  unlinkSync: (path) => {
    step();
    REAL_FILE_SYSTEM.unlinkSync(path);
  },
};

process.exitCode = await runCommandLine(
  argv,
  {
    fileSystem,
    clock: SYSTEM_CLOCK,
    environment: {},
    machine: () => ({ hostName: "n1", interfaces: {} }),
    trustServer,
    print: () => undefined,
    note: (line) => process.stderr.write(`${line}\n`),
    isTerminal: false,
  },
  new RunSignals(),
);
process.stdout.write(String(steps));

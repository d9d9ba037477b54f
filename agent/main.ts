import { machineFacts } from "./certificate/machine-names.ts";
import { EXIT_STATUS, messageOf } from "./program/agent-error.ts";
import { SYSTEM_CLOCK } from "./program/clock.ts";
import type { AgentServices } from "./program/agent-services.ts";
import { runCommandLine } from "./command-line/command-line.ts";
import { REAL_FILE_SYSTEM } from "./directory/file-system.ts";
import { RunSignals } from "./keeper/run-signals.ts";

const signals = new RunSignals();
// These stay and listen for them; every other command may be killed at any point.
if (process.argv[2] === "run" || process.argv[2] === "trust") {
  process.on("SIGHUP", () => signals.checkNow());
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => signals.stop());
}

const services: AgentServices = {
  fileSystem: REAL_FILE_SYSTEM,
  clock: SYSTEM_CLOCK,
  environment: process.env,
  machine: machineFacts,
  // TLS and proxies take a while to load: help and status do without.
  trustServer: async (settings) => await (await import("./service/server-trust.ts")).trustServer(settings),
  print: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
  isTerminal: process.stdout.isTTY,
};

// A reader that went away is no reason to stop renewing.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

// No top-level await: the single executable is CommonJS. Not exit(): a pipe may not have taken everything yet.
runCommandLine(process.argv.slice(2), services, signals).then(
  (exitStatus) => {
    process.exitCode = exitStatus;
    endSoon();
  },
  (error: unknown) => {
    process.stderr.write(`nodeseal-agent: ${messageOf(error)}\n`);
    process.exitCode = EXIT_STATUS.failed;
    endSoon();
  },
);

/** Nothing that was left open may keep a process that is done. A reader that is slow may. */
function endSoon(): void {
  setInterval(() => {
    if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
  }, 2000).unref();
}

import { SYSTEM_CLOCK } from "./clock.ts";
import { runCommandLine } from "./command-line.ts";
import { REAL_FILE_SYSTEM } from "./directory/file-system.ts";
import { trustServer } from "./service/server-trust.ts";

const exitStatus = await runCommandLine(process.argv.slice(2), {
  fileSystem: REAL_FILE_SYSTEM,
  clock: SYSTEM_CLOCK,
  environment: process.env,
  trustServer,
  print: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
  isTerminal: process.stdout.isTTY,
});

// Not exit(): stdout may be a pipe that has not taken everything yet.
process.exitCode = exitStatus;

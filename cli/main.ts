import { runCommandLine } from "./command-line.ts";
import { EXIT_STATUS } from "./program/operator-error.ts";
import { screenOf } from "./output/screen.ts";

// A reader such as `head` may stop early: that is no error. A full disk is.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT_STATUS.done);
  process.stderr.write(`nodeseal: cannot write to stdout: ${error.message}\n`);
  process.exit(EXIT_STATUS.failed);
});

const exitStatus = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  clock: () => new Date(),
  screen: screenOf(process),
});

// Not exit(): stdout may be a pipe that has not taken everything yet. A shell that waits for completions waits for nothing else.
process.exitCode = exitStatus;
if (process.argv[2] === "complete") process.stdout.end(() => process.exit());

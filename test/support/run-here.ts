import { machineFacts } from "../../agent/certificate/machine-names.ts";
import { runCommandLine as runAgent } from "../../agent/command-line/command-line.ts";
import { REAL_FILE_SYSTEM } from "../../agent/directory/file-system.ts";
import { RunSignals } from "../../agent/keeper/run-signals.ts";
import { EXIT_STATUS, messageOf } from "../../agent/program/agent-error.ts";
import { SYSTEM_CLOCK } from "../../agent/program/clock.ts";
import { trustServer } from "../../agent/service/server-trust.ts";
import { runCommandLine as runOperator } from "../../cli/command-line.ts";
import type { CommandResult } from "./command.ts";
import { PINNED_PATH } from "./local-service.ts";

export interface HereOptions {
  /** Besides this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly now?: () => Date;
}

/**
 * What `bin/nodeseal.js` and `bin/nodeseal-agent.js` do, in this process: for commands by the hundred that are not what is
 * tested. `run` of command.ts starts the programs themselves.
 *
 * @param program the file in `bin/`
 */
export async function runHere(
  program: string,
  args: readonly string[],
  { environment: given = {}, now = () => new Date() }: HereOptions = {},
): Promise<CommandResult> {
  const environment = { ...process.env, PATH: PINNED_PATH, ...given };
  let [stdout, stderr] = ["", ""];
  const note = (line: string): void => void (stderr += `${line}\n`);
  switch (program) {
    case "nodeseal.js": {
      const pipe = { isTerminal: false, columns: 80, hasColour: false };
      const screen = { ...pipe, write: (text: string) => void (stdout += text), note };
      const status = await runOperator(args, { environment, clock: now, screen });
      return { status, stdout, stderr };
    }
    case "nodeseal-agent.js": {
      const services = {
        fileSystem: REAL_FILE_SYSTEM,
        clock: { ...SYSTEM_CLOCK, now },
        environment,
        machine: machineFacts,
        trustServer: trustServer,
        print: (line: string) => void (stdout += `${line}\n`),
        note,
        isTerminal: false,
      };
      const status = await runAgent(args, services, new RunSignals()).catch((error: unknown) => {
        note(`nodeseal-agent: ${messageOf(error)}`);
        return EXIT_STATUS.failed;
      });
      return { status, stdout, stderr };
    }
    default:
      throw new Error(`there is no bin/${program} to be run here`);
  }
}

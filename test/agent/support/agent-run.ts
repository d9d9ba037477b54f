import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { runCommandLine } from "../../../agent/command-line/command-line.ts";
import type { AgentServices } from "../../../agent/program/agent-services.ts";
import { REAL_FILE_SYSTEM } from "../../../agent/directory/file-system.ts";
import { RunSignals } from "../../../agent/keeper/run-signals.ts";
import { ConnectionError } from "../../../agent/service/service-error.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { LostError } from "./service-fault.ts";
import type { TestService } from "./test-service.ts";

export interface AgentRun {
  readonly exitStatus: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, its output captured. */
export async function runAgent(
  argv: readonly string[],
  services: Partial<AgentServices>,
  signals = new RunSignals(),
): Promise<AgentRun> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const all: AgentServices = {
    fileSystem: REAL_FILE_SYSTEM,
    clock: new VirtualClock(new Date()),
    environment: {},
    machine: () => ({ hostName: "n1", interfaces: {} }),
    trustServer: () => Promise.reject(new Error("this test has no server")),
    print: (line) => stdout.push(line),
    note: (line) => stderr.push(line),
    isTerminal: false,
    ...services,
  };
  const exitStatus = await runCommandLine(argv, all, signals);
  return { exitStatus, stdout: stdout.join("\n"), stderr: stderr.join("\n") };
}

/** The service without a network in between: what is lost is lost as on a cut connection. */
export function connectedTo(service: TestService): Pick<AgentServices, "trustServer"> {
  return {
    trustServer: () =>
      Promise.resolve({
        mustHavePinnedBundle: false,
        transport: async (request) => {
          try {
            return await service.handle(request);
          } catch (error) {
            if (!(error instanceof LostError)) throw error;
            throw new ConnectionError("cannot reach the test service: the connection was reset", { isRetryable: true });
          }
        },
      }),
  };
}

/** In memory where there is such a place: thousands of fsyncs on a busy disk would take minutes. */
const PARENT = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

export function temporaryDirectory(t: TestContext): string {
  const path = mkdtempSync(join(PARENT, "nodeseal-agent-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function writeToken(directory: string, service: TestService): string {
  const path = join(directory, "token");
  writeFileSync(path, `${service.token}\n`, { mode: 0o600 });
  return path;
}

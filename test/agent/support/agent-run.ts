import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { runCommandLine } from "../../../agent/command-line.ts";
import type { AgentServices } from "../../../agent/agent-services.ts";
import type { Clock } from "../../../agent/clock.ts";
import { REAL_FILE_SYSTEM } from "../../../agent/directory/file-system.ts";
import { ConnectionError } from "../../../agent/service/service-error.ts";
import { LostError, type TestService } from "./test-service.ts";

export interface AgentRun {
  readonly exitStatus: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, its output captured. */
export async function runAgent(argv: readonly string[], services: Partial<AgentServices>): Promise<AgentRun> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const exitStatus = await runCommandLine(argv, {
    fileSystem: REAL_FILE_SYSTEM,
    clock: new VirtualClock(new Date()),
    environment: {},
    trustServer: () => Promise.reject(new Error("this test has no server")),
    print: (line) => stdout.push(line),
    note: (line) => stderr.push(line),
    isTerminal: false,
    ...services,
  });
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

/** Time passes only by sleeping. */
export class VirtualClock implements Clock {
  readonly slept: number[] = [];
  #milliseconds: number;
  readonly #start: number;

  constructor(start: Date) {
    this.#start = this.#milliseconds = start.getTime();
  }

  now(): Date {
    return new Date(this.#milliseconds);
  }

  elapsedMilliseconds(): number {
    return this.#milliseconds - this.#start;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.slept.push(milliseconds);
    this.#milliseconds += milliseconds;
    await Promise.resolve();
  }

  advance(seconds: number): void {
    this.#milliseconds += seconds * 1000;
  }
}

export function temporaryDirectory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "nodeseal-agent-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function writeToken(directory: string, service: TestService): string {
  const path = join(directory, "token");
  writeFileSync(path, `${service.token}\n`, { mode: 0o600 });
  return path;
}

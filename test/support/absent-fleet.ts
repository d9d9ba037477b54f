import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { CommandResult } from "./command.ts";
import { PINNED_PATH, PROJECT, startLocalService, type LocalService } from "./local-service.ts";
import { runHere } from "./run-here.ts";
import { timeMachine, type TimeMachine } from "./time-machine.ts";

export const DAY = 86_400;

/** The real service, operator and agents, each in processes of their own, in a time that a test moves. */
export interface AbsentFleet {
  readonly service: LocalService;
  readonly time: TimeMachine;
  /** `nodeseal …`; resolves to what was printed. @throws Error when it fails */
  readonly operator: (...args: string[]) => Promise<string>;
  readonly join: (nodeName: string) => Promise<Machine>;
  readonly close: () => Promise<void>;
}

/** One machine with an agent. */
export interface Machine {
  readonly directory: string;
  readonly agent: (command: string, ...flags: string[]) => Promise<CommandResult>;
  /** `nodeseal-agent run`, until it is stopped. */
  readonly start: () => RunningAgent;
  /** Another machine with a copy of its disk. */
  readonly copy: () => Machine;
}

export interface RunningAgent {
  readonly process: ChildProcess;
  /** Resolves to the first line of this event; @throws Error when it does not come */
  readonly event: (name: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** @param policy in place of the shipped one */
export async function absentFleet(policy?: unknown): Promise<AbsentFleet> {
  const time = timeMachine();
  const args: string[] = [];
  if (policy !== undefined) {
    const config = join(time.directory, "config.json");
    writeFileSync(config, JSON.stringify({ policy }));
    args.push("--config", config);
  }
  const service = await startLocalService({
    arguments: args,
    environment: { ...time.environment, POWERTOOLS_LOG_LEVEL: "INFO" },
  });
  const environment = { ...service.environment, ...time.environment };
  const here = { environment: service.environment, now: time.now };
  const operator = async (...operands: string[]): Promise<string> => {
    const { status, stdout, stderr } = await runHere("nodeseal.js", operands, here);
    if (status !== 0) throw new Error(`nodeseal ${operands.join(" ")}: ${stderr}`);
    return stdout;
  };
  const machine = (directory: string): Machine => ({
    directory,
    agent: (command, ...flags) => runHere("nodeseal-agent.js", [command, "--dir", directory, ...flags], here),
    start: () => startAgent(directory, environment),
    copy: () => {
      const copy = `${directory}.copy`;
      cpSync(directory, copy, { recursive: true, verbatimSymlinks: true });
      const link = join(copy, "kubelet-client-current.pem");
      const file = basename(readlinkSync(link));
      rmSync(link);
      symlinkSync(join(copy, file), link);
      return machine(copy);
    },
  });
  return {
    service,
    time,
    operator,
    join: async (nodeName) => {
      const token = (await operator("token", "create", "--node", nodeName, "--max-uses", "1")).trim();
      const directory = join(service.dataDirectory, "machines", nodeName);
      mkdirSync(directory, { recursive: true });
      const made = machine(directory);
      const joined = await made.agent("join", "--token", token, "--node", nodeName);
      if (joined.status !== 0) throw new Error(`join: ${joined.stderr}`);
      return made;
    },
    close: async () => {
      await service.stop();
      time.close();
    },
  };
}

const EVENT_TIMEOUT_MS = 240_000;

function startAgent(directory: string, environment: Readonly<Record<string, string>>): RunningAgent {
  const child = spawn("node", ["bin/nodeseal-agent.js", "run", "--dir", directory], {
    cwd: PROJECT,
    env: { ...process.env, PATH: PINNED_PATH, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => void (printed += chunk.toString("utf8")));
  return {
    process: child,
    event: async (name) => {
      const deadline = performance.now() + EVENT_TIMEOUT_MS;
      for (;;) {
        const line = printed.split("\n").find((text) => text.includes(`event=${name} `));
        if (line !== undefined) return line;
        if (performance.now() > deadline) throw new Error(`no event ${name}:\n${printed}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

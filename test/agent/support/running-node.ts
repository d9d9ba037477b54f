import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { AgentServices } from "../../../agent/program/agent-services.ts";
import type { Health } from "../../../agent/directory/health-file.ts";
import { testNode, type TestNode } from "./joined-node.ts";
import type { TestService } from "./test-service.ts";

export const [HOUR, DAY] = [3600, 86_400];

/** A node that has joined, and whose `run` can be watched. */
export interface RunningNode extends TestNode {
  /** Runs for so long, then stops it. @returns its events */
  readonly runFor: (seconds: number, ...flags: string[]) => Promise<LogEvent[]>;
}

/** One line of its log. */
export interface LogEvent {
  readonly time: string;
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

export async function runningNode(
  t: TestContext,
  prepare?: (service: TestService) => void,
  options: Partial<AgentServices> = {},
): Promise<RunningNode> {
  const node = await testNode(t, options);
  prepare?.(node.service);
  assert.equal((await node.join()).exitStatus, 0);
  return {
    ...node,
    runFor: async (seconds, ...flags) => {
      node.clock.after(seconds, () => node.stop());
      const { exitStatus, stdout, stderr } = await node.run("run", "--log-format", "json", ...flags);
      assert.deepEqual({ exitStatus, stderr }, { exitStatus: 0, stderr: "" });
      return stdout.split("\n").map((line) => JSON.parse(line) as LogEvent);
    },
  };
}

export function healthOf({ directory }: TestNode): Health {
  return JSON.parse(readFileSync(join(directory, "nodeseal-health.json"), "utf8")) as Health;
}

export function named(events: readonly LogEvent[], name: string): LogEvent[] {
  return events.filter(({ event }) => event === name);
}
